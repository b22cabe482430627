-- The new index first, so that counters can be read while it is built.
CREATE INDEX "event_totals_type_last" ON "event_totals" USING btree ("type","count","lead_id","last_at");--> statement-breakpoint
DROP INDEX "event_totals_type";--> statement-breakpoint
ALTER INDEX "event_totals_type_last" RENAME TO "event_totals_type";
