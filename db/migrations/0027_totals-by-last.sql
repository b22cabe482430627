DROP INDEX "event_totals_type";--> statement-breakpoint
CREATE INDEX "event_totals_type" ON "event_totals" USING btree ("type","count","lead_id","last_at");