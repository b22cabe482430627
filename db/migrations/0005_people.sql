CREATE TYPE "public"."queue_rule" AS ENUM('round_robin', 'owner_first', 'take');--> statement-breakpoint
CREATE TYPE "public"."user_role" AS ENUM('owner', 'marketing', 'sales', 'viewer');--> statement-breakpoint
CREATE SEQUENCE "public"."assignment_turns" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "queues" (
	"key" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"members" text[] DEFAULT '{}' NOT NULL,
	"rule" "queue_rule" DEFAULT 'round_robin' NOT NULL,
	"choosing" boolean DEFAULT true NOT NULL,
	"hours" jsonb,
	"zone" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"key" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"role" "user_role" NOT NULL,
	"zone" text DEFAULT 'UTC' NOT NULL,
	"working_hours" jsonb,
	"capacity" integer,
	"absences" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"manager" text,
	"phone" text,
	"active" boolean DEFAULT true NOT NULL,
	"notifications" jsonb DEFAULT '{"email":true,"digest":"off","webhookUrl":null}'::jsonb NOT NULL,
	"webhook_secret" text,
	"last_turn" bigint DEFAULT 0 NOT NULL,
	"last_test_turn" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
ALTER TABLE "lead_notes" ADD COLUMN "cue_date" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "assigned_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "unassigned_reason" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "claimed_by" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "claimed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "touched_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "snoozed_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "snooze_reason" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "effective_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
CREATE INDEX "tasks_snoozed" ON "tasks" USING btree ("snoozed_until") WHERE status = 'open' and snoozed_until is not null;--> statement-breakpoint
CREATE INDEX "tasks_unassigned" ON "tasks" USING btree ("queue","due_at") WHERE status = 'open' and assignee is null;--> statement-breakpoint
CREATE INDEX "tasks_updated" ON "tasks" USING btree ("updated_at","id");