CREATE TABLE "notifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"person" text NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"body" text NOT NULL,
	"path" text NOT NULL,
	"task_id" uuid,
	"lead_id" uuid,
	"is_test" boolean DEFAULT false NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"webhook" text DEFAULT 'none' NOT NULL,
	"webhook_attempts" integer DEFAULT 0 NOT NULL,
	"webhook_due_at" timestamp (3) with time zone,
	"webhook_error" text,
	"read_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "close_on" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "notifications_key" ON "notifications" USING btree ("person","key");--> statement-breakpoint
CREATE INDEX "notifications_person" ON "notifications" USING btree ("person","at","id");--> statement-breakpoint
CREATE INDEX "notifications_webhook" ON "notifications" USING btree ("webhook_due_at") WHERE webhook = 'queued';--> statement-breakpoint
CREATE INDEX "notifications_lead" ON "notifications" USING btree ("lead_id");