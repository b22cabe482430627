CREATE TABLE "message_bodies" (
	"hash" text PRIMARY KEY NOT NULL,
	"html" text NOT NULL,
	"compiler" text NOT NULL,
	"compiled_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
