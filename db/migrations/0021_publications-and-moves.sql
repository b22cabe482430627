CREATE TABLE "journey_move_leads" (
	"move_id" uuid NOT NULL,
	"enrollment_id" uuid NOT NULL,
	"policy" integer NOT NULL,
	"version" integer NOT NULL,
	"step_id" text NOT NULL,
	"visit" integer NOT NULL,
	"input_id" bigint,
	"result" text,
	CONSTRAINT "journey_move_leads_move_id_enrollment_id_pk" PRIMARY KEY("move_id","enrollment_id")
);
--> statement-breakpoint
CREATE TABLE "journey_moves" (
	"id" uuid PRIMARY KEY NOT NULL,
	"journey_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"policies" jsonb NOT NULL,
	"counted" integer[] NOT NULL,
	"reason" text NOT NULL,
	"status" text DEFAULT 'running' NOT NULL,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "publications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"journey_id" uuid NOT NULL,
	"graph" jsonb NOT NULL,
	"layout" jsonb NOT NULL,
	"revision" integer,
	"from_version" integer,
	"base_version" integer,
	"note" text DEFAULT '' NOT NULL,
	"policies" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"enrol_existing" boolean,
	"publish_at" timestamp (3) with time zone NOT NULL,
	"zone" text NOT NULL,
	"status" text DEFAULT 'scheduled' NOT NULL,
	"version" integer,
	"problem" jsonb,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "journey_move_leads" ADD CONSTRAINT "journey_move_leads_move_id_journey_moves_id_fk" FOREIGN KEY ("move_id") REFERENCES "public"."journey_moves"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "journey_moves" ADD CONSTRAINT "journey_moves_journey_id_journeys_id_fk" FOREIGN KEY ("journey_id") REFERENCES "public"."journeys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publications" ADD CONSTRAINT "publications_journey_id_journeys_id_fk" FOREIGN KEY ("journey_id") REFERENCES "public"."journeys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "journey_move_leads_waiting" ON "journey_move_leads" USING btree ("move_id","enrollment_id") WHERE input_id is null and result is null;--> statement-breakpoint
CREATE INDEX "journey_move_leads_asked" ON "journey_move_leads" USING btree ("move_id","input_id") WHERE input_id is not null and result is null;--> statement-breakpoint
CREATE INDEX "journey_moves_journey" ON "journey_moves" USING btree ("journey_id","created_at");--> statement-breakpoint
CREATE INDEX "journey_moves_open" ON "journey_moves" USING btree ("updated_at") WHERE status in ('running', 'stopping');--> statement-breakpoint
CREATE INDEX "publications_journey" ON "publications" USING btree ("journey_id","created_at");--> statement-breakpoint
CREATE INDEX "publications_due" ON "publications" USING btree ("publish_at") WHERE status = 'scheduled';