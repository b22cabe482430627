CREATE TABLE "dnc_numbers" (
	"fingerprint" text NOT NULL,
	"registry" text NOT NULL,
	"as_of" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "dnc_numbers_fingerprint_registry_pk" PRIMARY KEY("fingerprint","registry")
);
--> statement-breakpoint
CREATE TABLE "dnc_registries" (
	"registry" text PRIMARY KEY NOT NULL,
	"as_of" timestamp (3) with time zone NOT NULL,
	"numbers" integer NOT NULL,
	"imported_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"imported_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "suppressed_addresses" (
	"kind" text NOT NULL,
	"fingerprint" text NOT NULL,
	"channel" "contact_channel" NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "suppressed_addresses_kind_fingerprint_channel_pk" PRIMARY KEY("kind","fingerprint","channel")
);
--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "basis" text DEFAULT 'consent' NOT NULL;--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "wording_version" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "mechanism" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "objected" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "dnc_numbers_version" ON "dnc_numbers" USING btree ("registry","as_of");--> statement-breakpoint
CREATE INDEX "consents_expiry" ON "consents" USING btree ("expires_at") WHERE expires_at is not null;