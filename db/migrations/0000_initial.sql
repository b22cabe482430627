CREATE TYPE "public"."channel" AS ENUM('email', 'postcard', 'notification');--> statement-breakpoint
CREATE TYPE "public"."contact_channel" AS ENUM('email', 'postcard', 'phone');--> statement-breakpoint
CREATE TYPE "public"."delivery_status" AS ENUM('queued', 'sending', 'accepted', 'skipped', 'failed', 'cancelled', 'unknown');--> statement-breakpoint
CREATE TYPE "public"."purpose" AS ENUM('transactional', 'nurture', 'promotional', 'internal');--> statement-breakpoint
CREATE TYPE "public"."effect_status" AS ENUM('open', 'done', 'failed', 'cancelled');--> statement-breakpoint
CREATE TYPE "public"."enrollment_status" AS ENUM('active', 'paused', 'parked', 'completed', 'exited');--> statement-breakpoint
CREATE TYPE "public"."journey_status" AS ENUM('draft', 'live', 'paused', 'archived');--> statement-breakpoint
CREATE TYPE "public"."attention" AS ENUM('hot', 'warm', 'cool', 'inactive');--> statement-breakpoint
CREATE TYPE "public"."stage" AS ENUM('new', 'qualified', 'unqualified', 'engaged', 'sales_ready', 'opportunity', 'customer', 'lost', 'inactive');--> statement-breakpoint
CREATE TYPE "public"."task_kind" AS ENUM('call', 'task');--> statement-breakpoint
CREATE TYPE "public"."task_status" AS ENUM('open', 'done', 'cancelled');--> statement-breakpoint
CREATE TABLE "consents" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"lead_id" uuid NOT NULL,
	"purpose" "purpose" NOT NULL,
	"channel" "contact_channel" NOT NULL,
	"state" text NOT NULL,
	"wording" text NOT NULL,
	"source" text NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lead_id" uuid NOT NULL,
	"enrollment_id" uuid NOT NULL,
	"journey_id" uuid NOT NULL,
	"step_id" text NOT NULL,
	"visit" integer NOT NULL,
	"channel" "channel" NOT NULL,
	"purpose" "purpose" NOT NULL,
	"status" "delivery_status" NOT NULL,
	"reason" text,
	"content" jsonb NOT NULL,
	"asset_lineage" text,
	"counts_as" text,
	"counted_event_id" integer,
	"priority" integer NOT NULL,
	"over_cap" text DEFAULT 'defer' NOT NULL,
	"queued_at" timestamp (3) with time zone NOT NULL,
	"not_before" timestamp (3) with time zone,
	"stale_at" timestamp (3) with time zone,
	"counted_at" timestamp (3) with time zone NOT NULL,
	"accepted_at" timestamp (3) with time zone,
	"claimable_at" timestamp (3) with time zone NOT NULL,
	"claimed_at" timestamp (3) with time zone,
	"claimed_by" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"provider_id" text,
	"is_test" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mailbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"channel" "channel" NOT NULL,
	"to_address" text NOT NULL,
	"subject" text NOT NULL,
	"html" text NOT NULL,
	"plain" text NOT NULL,
	"headers" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"is_test" boolean DEFAULT false NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"lead_id" uuid NOT NULL,
	"channel" "contact_channel" NOT NULL,
	"reason" text NOT NULL,
	"source" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "suppressions_lead_id_channel_pk" PRIMARY KEY("lead_id","channel")
);
--> statement-breakpoint
CREATE TABLE "event_totals" (
	"lead_id" uuid NOT NULL,
	"type" text NOT NULL,
	"count" integer NOT NULL,
	"first_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "event_totals_lead_id_type_pk" PRIMARY KEY("lead_id","type")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"lead_id" uuid NOT NULL,
	"type" text NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"properties" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"folded" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"dedupe_key" text,
	"voided_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "survey_answers" (
	"lead_id" uuid NOT NULL,
	"survey" text NOT NULL,
	"question" text NOT NULL,
	"value" jsonb NOT NULL,
	"folded" text,
	"answered_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "survey_answers_lead_id_survey_question_pk" PRIMARY KEY("lead_id","survey","question")
);
--> statement-breakpoint
CREATE TABLE "effects" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lead_id" uuid NOT NULL,
	"enrollment_id" uuid NOT NULL,
	"step_id" text NOT NULL,
	"visit" integer NOT NULL,
	"type" text NOT NULL,
	"queue" text NOT NULL,
	"status" "effect_status" DEFAULT 'open' NOT NULL,
	"input" jsonb NOT NULL,
	"output" jsonb,
	"port" text,
	"error" jsonb,
	"timeout_ms" integer NOT NULL,
	"heartbeat_ms" integer,
	"max_attempts" integer NOT NULL,
	"generation" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "lead_inputs" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"lead_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"payload" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"consumed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "lead_pokes" (
	"lead_id" uuid PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"priority" integer DEFAULT 3 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trigger_members" (
	"trigger_key" text NOT NULL,
	"lead_id" uuid NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "trigger_members_trigger_key_lead_id_pk" PRIMARY KEY("trigger_key","lead_id")
);
--> statement-breakpoint
CREATE TABLE "enrollments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lead_id" uuid NOT NULL,
	"journey_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"status" "enrollment_status" NOT NULL,
	"step_id" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"wake_at" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone,
	"state" jsonb NOT NULL,
	"depends_on" text[] DEFAULT '{}' NOT NULL,
	"trigger_id" text NOT NULL,
	"entry_key" text NOT NULL,
	"properties" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"is_test" boolean DEFAULT false NOT NULL,
	"entered_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"goal_met" boolean DEFAULT false NOT NULL,
	"exit_reason" text,
	"error" jsonb,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "journey_triggers" (
	"journey_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"trigger_id" text NOT NULL,
	"kind" text NOT NULL,
	"subject" text DEFAULT '' NOT NULL,
	"trigger" jsonb NOT NULL,
	"depends_on" text[] DEFAULT '{}' NOT NULL,
	"fired_until" timestamp (3) with time zone,
	CONSTRAINT "journey_triggers_journey_id_trigger_id_pk" PRIMARY KEY("journey_id","trigger_id")
);
--> statement-breakpoint
CREATE TABLE "journey_versions" (
	"journey_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"hash" text NOT NULL,
	"graph" jsonb NOT NULL,
	"layout" jsonb NOT NULL,
	"definition" jsonb NOT NULL,
	"note" text DEFAULT '' NOT NULL,
	"published_by" text NOT NULL,
	"published_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "journey_versions_journey_id_version_pk" PRIMARY KEY("journey_id","version")
);
--> statement-breakpoint
CREATE TABLE "journeys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"status" "journey_status" DEFAULT 'draft' NOT NULL,
	"live_version" integer,
	"draft_graph" jsonb NOT NULL,
	"draft_layout" jsonb NOT NULL,
	"draft_revision" integer DEFAULT 1 NOT NULL,
	"priority" integer DEFAULT 3 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "journeys_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "step_log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"enrollment_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"journey_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"step_id" text NOT NULL,
	"step_type" text NOT NULL,
	"visit" integer NOT NULL,
	"entered_at" timestamp (3) with time zone NOT NULL,
	"left_at" timestamp (3) with time zone NOT NULL,
	"port" text,
	"reason" text NOT NULL,
	"detail" jsonb,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sweeps" (
	"id" text PRIMARY KEY NOT NULL,
	"journey_id" uuid NOT NULL,
	"trigger_id" text NOT NULL,
	"fires_at" timestamp (3) with time zone NOT NULL,
	"test_run_id" uuid,
	"cursor" uuid,
	"status" text DEFAULT 'running' NOT NULL,
	"matched" integer DEFAULT 0 NOT NULL,
	"enqueued" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "import_jobs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"file_hash" text NOT NULL,
	"mapping_hash" text NOT NULL,
	"status" text NOT NULL,
	"rows_done" integer DEFAULT 0 NOT NULL,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lead_assets" (
	"lead_id" uuid NOT NULL,
	"lineage" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "lead_assets_lead_id_lineage_pk" PRIMARY KEY("lead_id","lineage")
);
--> statement-breakpoint
CREATE TABLE "lead_fields" (
	"key" text PRIMARY KEY NOT NULL,
	"label" text NOT NULL,
	"type" text NOT NULL,
	"options" text[],
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lead_identities" (
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"lead_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_identities_kind_value_pk" PRIMARY KEY("kind","value")
);
--> statement-breakpoint
CREATE TABLE "lead_notes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"lead_id" uuid NOT NULL,
	"cue" text,
	"body" text NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lead_tags" (
	"lead_id" uuid NOT NULL,
	"tag" text NOT NULL,
	"added_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"added_by" text DEFAULT 'system' NOT NULL,
	CONSTRAINT "lead_tags_lead_id_tag_pk" PRIMARY KEY("lead_id","tag")
);
--> statement-breakpoint
CREATE TABLE "leads" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text,
	"phone" text,
	"first_name" text,
	"last_name" text,
	"company" text,
	"title" text,
	"address_line1" text,
	"city" text,
	"region" text,
	"postal_code" text,
	"country" text,
	"language" text,
	"zone" text,
	"source" text,
	"stage" "stage" DEFAULT 'new' NOT NULL,
	"attention" "attention" DEFAULT 'cool' NOT NULL,
	"score" double precision DEFAULT 0 NOT NULL,
	"owner_id" text,
	"do_not_email" boolean DEFAULT false NOT NULL,
	"do_not_mail" boolean DEFAULT false NOT NULL,
	"do_not_call" boolean DEFAULT false NOT NULL,
	"fields" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"folded" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"is_test" boolean DEFAULT false NOT NULL,
	"test_run_id" uuid,
	"clock" jsonb,
	"last_activity_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"merged_into" uuid,
	"erased_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "stage_changes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"lead_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"from_value" text NOT NULL,
	"to_value" text NOT NULL,
	"reason" text NOT NULL,
	"actor" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "test_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"clock" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "assets" (
	"key" text PRIMARY KEY NOT NULL,
	"asset" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "people" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text,
	"queue" text DEFAULT 'sales' NOT NULL,
	"capacity" jsonb DEFAULT '50'::jsonb NOT NULL,
	"absent_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pools" (
	"key" text PRIMARY KEY NOT NULL,
	"pool" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "segments" (
	"key" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"rule" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "surveys" (
	"key" text PRIMARY KEY NOT NULL,
	"survey" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject_kind" text NOT NULL,
	"subject_id" text NOT NULL,
	"before" jsonb,
	"after" jsonb,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"task_id" uuid NOT NULL,
	"action" text NOT NULL,
	"actor" text NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lead_id" uuid NOT NULL,
	"enrollment_id" uuid,
	"journey_id" uuid,
	"step_id" text,
	"visit" integer,
	"kind" "task_kind" NOT NULL,
	"status" "task_status" DEFAULT 'open' NOT NULL,
	"title" text NOT NULL,
	"reason" text NOT NULL,
	"talk_track" text DEFAULT '' NOT NULL,
	"queue" text NOT NULL,
	"assignee" text,
	"outcomes" jsonb NOT NULL,
	"escalation" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_for" timestamp (3) with time zone NOT NULL,
	"not_before" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone NOT NULL,
	"outcome" text,
	"closed_reason" text,
	"note" text,
	"closed_at" timestamp (3) with time zone,
	"closed_by" text,
	"is_test" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suppressions" ADD CONSTRAINT "suppressions_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_totals" ADD CONSTRAINT "event_totals_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "survey_answers" ADD CONSTRAINT "survey_answers_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "effects" ADD CONSTRAINT "effects_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lead_inputs" ADD CONSTRAINT "lead_inputs_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lead_pokes" ADD CONSTRAINT "lead_pokes_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_members" ADD CONSTRAINT "trigger_members_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enrollments" ADD CONSTRAINT "enrollments_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enrollments" ADD CONSTRAINT "enrollments_journey_id_journeys_id_fk" FOREIGN KEY ("journey_id") REFERENCES "public"."journeys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "journey_triggers" ADD CONSTRAINT "journey_triggers_journey_id_journeys_id_fk" FOREIGN KEY ("journey_id") REFERENCES "public"."journeys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "journey_versions" ADD CONSTRAINT "journey_versions_journey_id_journeys_id_fk" FOREIGN KEY ("journey_id") REFERENCES "public"."journeys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sweeps" ADD CONSTRAINT "sweeps_journey_id_journeys_id_fk" FOREIGN KEY ("journey_id") REFERENCES "public"."journeys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lead_assets" ADD CONSTRAINT "lead_assets_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lead_identities" ADD CONSTRAINT "lead_identities_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lead_notes" ADD CONSTRAINT "lead_notes_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lead_tags" ADD CONSTRAINT "lead_tags_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stage_changes" ADD CONSTRAINT "stage_changes_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_log" ADD CONSTRAINT "task_log_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "consents_lead" ON "consents" USING btree ("lead_id","purpose","channel","id");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_key" ON "deliveries" USING btree ("enrollment_id","step_id","visit");--> statement-breakpoint
CREATE INDEX "deliveries_claim" ON "deliveries" USING btree ("channel","priority","claimable_at") WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX "deliveries_sending" ON "deliveries" USING btree ("channel","claimed_at") WHERE status = 'sending';--> statement-breakpoint
CREATE INDEX "deliveries_lead" ON "deliveries" USING btree ("lead_id","counted_at");--> statement-breakpoint
CREATE INDEX "deliveries_created" ON "deliveries" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "mailbox_delivery" ON "mailbox" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "mailbox_lead" ON "mailbox" USING btree ("lead_id","id");--> statement-breakpoint
CREATE INDEX "event_totals_type" ON "event_totals" USING btree ("type","count","lead_id");--> statement-breakpoint
CREATE INDEX "events_lead_type" ON "events" USING btree ("lead_id","type","occurred_at");--> statement-breakpoint
CREATE UNIQUE INDEX "events_dedupe" ON "events" USING btree ("dedupe_key");--> statement-breakpoint
CREATE INDEX "survey_answers_question" ON "survey_answers" USING btree ("survey","question","lead_id");--> statement-breakpoint
CREATE UNIQUE INDEX "effects_key" ON "effects" USING btree ("enrollment_id","step_id","visit");--> statement-breakpoint
CREATE INDEX "effects_open" ON "effects" USING btree ("lead_id") WHERE status = 'open';--> statement-breakpoint
CREATE INDEX "lead_inputs_unconsumed" ON "lead_inputs" USING btree ("lead_id","id") WHERE consumed_at is null;--> statement-breakpoint
CREATE INDEX "lead_inputs_consumed" ON "lead_inputs" USING btree ("consumed_at") WHERE consumed_at is not null;--> statement-breakpoint
CREATE INDEX "lead_pokes_since" ON "lead_pokes" USING btree ("since");--> statement-breakpoint
CREATE INDEX "trigger_members_lead" ON "trigger_members" USING btree ("lead_id");--> statement-breakpoint
CREATE UNIQUE INDEX "enrollments_entry" ON "enrollments" USING btree ("lead_id","journey_id","entry_key");--> statement-breakpoint
CREATE INDEX "enrollments_open" ON "enrollments" USING btree ("lead_id") WHERE status in ('active', 'paused', 'parked');--> statement-breakpoint
CREATE INDEX "enrollments_due" ON "enrollments" USING btree ("due_at") WHERE status = 'active' and due_at is not null;--> statement-breakpoint
CREATE INDEX "enrollments_depends" ON "enrollments" USING gin ("depends_on") WHERE status = 'active';--> statement-breakpoint
CREATE INDEX "enrollments_step" ON "enrollments" USING btree ("journey_id","status","step_id");--> statement-breakpoint
CREATE INDEX "enrollments_lead" ON "enrollments" USING btree ("lead_id","entered_at");--> statement-breakpoint
CREATE INDEX "journey_triggers_kind" ON "journey_triggers" USING btree ("kind","subject");--> statement-breakpoint
CREATE INDEX "journey_versions_hash" ON "journey_versions" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "step_log_enrollment" ON "step_log" USING btree ("enrollment_id","id");--> statement-breakpoint
CREATE INDEX "step_log_step" ON "step_log" USING btree ("journey_id","step_id","left_at");--> statement-breakpoint
CREATE INDEX "step_log_lead" ON "step_log" USING btree ("lead_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "import_jobs_file" ON "import_jobs" USING btree ("file_hash","mapping_hash");--> statement-breakpoint
CREATE INDEX "lead_assets_lineage" ON "lead_assets" USING btree ("lineage","lead_id");--> statement-breakpoint
CREATE INDEX "lead_identities_lead" ON "lead_identities" USING btree ("lead_id");--> statement-breakpoint
CREATE INDEX "lead_notes_lead" ON "lead_notes" USING btree ("lead_id","id");--> statement-breakpoint
CREATE INDEX "lead_tags_tag" ON "lead_tags" USING btree ("tag","lead_id");--> statement-breakpoint
CREATE INDEX "leads_created" ON "leads" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "leads_owner" ON "leads" USING btree ("owner_id","id");--> statement-breakpoint
CREATE INDEX "leads_stage" ON "leads" USING btree ("stage","attention","id");--> statement-breakpoint
CREATE INDEX "leads_test_run" ON "leads" USING btree ("test_run_id","id") WHERE test_run_id is not null;--> statement-breakpoint
CREATE INDEX "stage_changes_lead" ON "stage_changes" USING btree ("lead_id","id");--> statement-breakpoint
CREATE INDEX "audit_log_subject" ON "audit_log" USING btree ("subject_kind","subject_id","id");--> statement-breakpoint
CREATE INDEX "task_log_task" ON "task_log" USING btree ("task_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_key" ON "tasks" USING btree ("enrollment_id","step_id","visit");--> statement-breakpoint
CREATE INDEX "tasks_queue" ON "tasks" USING btree ("queue","due_at","id") WHERE status = 'open';--> statement-breakpoint
CREATE INDEX "tasks_assignee" ON "tasks" USING btree ("assignee","due_at","id") WHERE status = 'open';--> statement-breakpoint
CREATE INDEX "tasks_lead" ON "tasks" USING btree ("lead_id","id");