CREATE TABLE "inbound_mail" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"lead_id" uuid,
	"delivery_id" uuid,
	"matched_by" text,
	"from_address" text DEFAULT '' NOT NULL,
	"subject" text DEFAULT '' NOT NULL,
	"body" text DEFAULT '' NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"source" text NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"handled_at" timestamp (3) with time zone,
	"handled_by" text
);
--> statement-breakpoint
CREATE TABLE "inbound_mailboxes" (
	"name" text PRIMARY KEY NOT NULL,
	"uid_validity" bigint NOT NULL,
	"last_uid" bigint NOT NULL,
	"polled_at" timestamp (3) with time zone,
	"error" text
);
--> statement-breakpoint
CREATE TABLE "print_batches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"approved_at" timestamp (3) with time zone,
	"approved_by" text
);
--> statement-breakpoint
CREATE TABLE "print_cards" (
	"id" uuid PRIMARY KEY NOT NULL,
	"batch_id" uuid NOT NULL,
	"delivery_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"card" jsonb,
	"status" text DEFAULT 'waiting' NOT NULL,
	"reason" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "reply_held_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "inbound_mail" ADD CONSTRAINT "inbound_mail_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "print_cards" ADD CONSTRAINT "print_cards_batch_id_print_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."print_batches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "print_cards" ADD CONSTRAINT "print_cards_delivery_id_deliveries_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "public"."deliveries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "print_cards" ADD CONSTRAINT "print_cards_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "inbound_mail_key" ON "inbound_mail" USING btree ("key");--> statement-breakpoint
CREATE INDEX "inbound_mail_received" ON "inbound_mail" USING btree ("received_at","id");--> statement-breakpoint
CREATE INDEX "inbound_mail_lead" ON "inbound_mail" USING btree ("lead_id","received_at");--> statement-breakpoint
CREATE INDEX "inbound_mail_delivery" ON "inbound_mail" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "inbound_mail_open" ON "inbound_mail" USING btree ("lead_id") WHERE kind = 'reply' and handled_at is null;--> statement-breakpoint
CREATE INDEX "print_batches_created" ON "print_batches" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "print_batches_status" ON "print_batches" USING btree ("status");--> statement-breakpoint
CREATE INDEX "print_cards_batch" ON "print_cards" USING btree ("batch_id","position");--> statement-breakpoint
CREATE INDEX "print_cards_delivery" ON "print_cards" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "print_cards_lead" ON "print_cards" USING btree ("lead_id");