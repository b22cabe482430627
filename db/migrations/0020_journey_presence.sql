CREATE TABLE "journey_presence" (
	"journey_id" uuid NOT NULL,
	"tab" text NOT NULL,
	"actor" text NOT NULL,
	"name" text NOT NULL,
	"step_id" text,
	"mode" text NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "journey_presence_journey_id_tab_pk" PRIMARY KEY("journey_id","tab")
);
--> statement-breakpoint
ALTER TABLE "journey_presence" ADD CONSTRAINT "journey_presence_journey_id_journeys_id_fk" FOREIGN KEY ("journey_id") REFERENCES "public"."journeys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "journey_presence_seen" ON "journey_presence" USING btree ("seen_at");