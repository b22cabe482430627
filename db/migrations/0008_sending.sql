CREATE TABLE "delivery_feedback" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"journey_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"code" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "journey_mail_counts" (
	"journey_id" uuid NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"accepted" integer DEFAULT 0 NOT NULL,
	"refused" integer DEFAULT 0 NOT NULL,
	"hard_bounces" integer DEFAULT 0 NOT NULL,
	"soft_bounces" integer DEFAULT 0 NOT NULL,
	"complaints" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "journey_mail_counts_journey_id_since_pk" PRIMARY KEY("journey_id","since")
);
--> statement-breakpoint
CREATE TABLE "mailroom_leases" (
	"channel" text PRIMARY KEY NOT NULL,
	"holder" text,
	"renewed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sending_stops" (
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"is_stopped" boolean NOT NULL,
	"reason" text NOT NULL,
	"actor" text NOT NULL,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sending_stops_kind_subject_pk" PRIMARY KEY("kind","subject")
);
--> statement-breakpoint
DROP INDEX "deliveries_claim";--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "recipient_domain" text;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "in_doubt" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "delivery_feedback" ADD CONSTRAINT "delivery_feedback_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "delivery_feedback_key" ON "delivery_feedback" USING btree ("delivery_id","kind");--> statement-breakpoint
CREATE INDEX "delivery_feedback_lead" ON "delivery_feedback" USING btree ("lead_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_claim" ON "deliveries" USING btree ("channel","priority","claimable_at","recipient_domain","journey_id","is_test","lead_id","id") WHERE status = 'queued';