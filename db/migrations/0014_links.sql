CREATE TABLE "link_clicks" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"url" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"suspicion" text,
	"verdict" text NOT NULL,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "short_links" (
	"code" text PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"subject" text DEFAULT '' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "link_clicks" ADD CONSTRAINT "link_clicks_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "short_links" ADD CONSTRAINT "short_links_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "link_clicks_delivery" ON "link_clicks" USING btree ("delivery_id","at");--> statement-breakpoint
CREATE INDEX "link_clicks_pending" ON "link_clicks" USING btree ("at") WHERE verdict = 'pending';--> statement-breakpoint
CREATE INDEX "link_clicks_lead" ON "link_clicks" USING btree ("lead_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "short_links_of" ON "short_links" USING btree ("delivery_id","purpose","subject");--> statement-breakpoint
CREATE INDEX "short_links_lead" ON "short_links" USING btree ("lead_id");