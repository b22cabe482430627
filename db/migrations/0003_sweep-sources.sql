ALTER TABLE "effects" ADD COLUMN "checked_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sweeps" ADD COLUMN "source" jsonb;--> statement-breakpoint
CREATE INDEX "lead_inputs_held" ON "lead_inputs" USING btree ("outcome","id") WHERE outcome like 'held: %';--> statement-breakpoint
CREATE INDEX "enrollments_entered" ON "enrollments" USING btree ("journey_id","entered_at");