-- Occurrences become webhook calls in their own transaction. With no active endpoint each trigger is one look at a table
-- of a few rows. Types are matched as a whole (`event.downloaded`), by their kind (`event.*`) or all (`*`).
create or replace function webhook_wanted(wanted text[], type text) returns boolean language sql immutable as $$
  select type = any (wanted) or '*' = any (wanted) or (split_part(type, '.', 1) || '.*') = any (wanted)
$$;
--> statement-breakpoint
create or replace function webhook_events() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from webhook_endpoints where is_active) then return null; end if;
  insert into webhook_calls (endpoint_id, type, lead_id, source, source_id)
  select w.id, 'event.' || r.type, r.lead_id, 'events', r.id::text
    from added r join leads l on l.id = r.lead_id
    join webhook_endpoints w on w.is_active and (w.include_test or not l.is_test) and webhook_wanted(w.types, 'event.' || r.type)
  on conflict do nothing;
  return null;
end $$;
--> statement-breakpoint
create trigger webhook_events after insert on events
  referencing new table as added for each statement execute function webhook_events();
--> statement-breakpoint
create or replace function webhook_stage_changes() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from webhook_endpoints where is_active) then return null; end if;
  insert into webhook_calls (endpoint_id, type, lead_id, source, source_id)
  select w.id, 'lead.' || r.kind || '_changed', r.lead_id, 'stage_changes', r.id::text
    from added r join leads l on l.id = r.lead_id
    join webhook_endpoints w
      on w.is_active and (w.include_test or not l.is_test) and webhook_wanted(w.types, 'lead.' || r.kind || '_changed')
  on conflict do nothing;
  return null;
end $$;
--> statement-breakpoint
create trigger webhook_stage_changes after insert on stage_changes
  referencing new table as added for each statement execute function webhook_stage_changes();
--> statement-breakpoint
create or replace function webhook_suppressions() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from webhook_endpoints where is_active) then return null; end if;
  insert into webhook_calls (endpoint_id, type, lead_id, source, source_id)
  select w.id, 'lead.suppressed', r.lead_id, 'suppressions',
         r.channel || ' ' || to_char(r.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    from added r join leads l on l.id = r.lead_id
    join webhook_endpoints w on w.is_active and (w.include_test or not l.is_test) and webhook_wanted(w.types, 'lead.suppressed')
  on conflict do nothing;
  return null;
end $$;
--> statement-breakpoint
create trigger webhook_suppressions after insert on suppressions
  referencing new table as added for each statement execute function webhook_suppressions();
--> statement-breakpoint
-- Of rows that change often only the changes that are told fire at all: the condition is checked before the function.
create or replace function webhook_row() returns trigger language plpgsql as $$
declare
  told text := tg_argv[0];
begin
  insert into webhook_calls (endpoint_id, type, lead_id, source, source_id)
  select w.id, told, new.lead_id, tg_table_name, new.id::text
    from webhook_endpoints w join leads l on l.id = new.lead_id
   where w.is_active and (w.include_test or not l.is_test) and webhook_wanted(w.types, told)
  on conflict do nothing;
  return null;
end $$;
--> statement-breakpoint
create trigger webhook_task_created after insert on tasks for each row execute function webhook_row('task.created');
--> statement-breakpoint
create trigger webhook_task_closed after update of status on tasks for each row
  when (old.status = 'open' and new.status <> 'open') execute function webhook_row('task.closed');
--> statement-breakpoint
create trigger webhook_enrollment_started after insert on enrollments
  for each row execute function webhook_row('enrollment.started');
--> statement-breakpoint
create trigger webhook_enrollment_finished after update on enrollments for each row
  when (old.finished_at is null and new.finished_at is not null) execute function webhook_row('enrollment.finished');
