-- The ledger only grows. Erasure empties words and says so in its transaction (set local trellis.erasure = 'on'); a merge
-- appends rows for the surviving lead.
create or replace function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('trellis.erasure', true), '') <> 'on' then
    raise exception 'The consent ledger is append-only: % on consents is refused. Add a row instead.', tg_op
      using errcode = 'restrict_violation';
  end if;
  if tg_op = 'DELETE' then return old; end if;
  return new;
end $$;
--> statement-breakpoint
create trigger consents_append_only before update or delete on consents
  for each row execute function refuse_ledger_change();
--> statement-breakpoint
create or replace function refuse_ledger_truncate() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('trellis.erasure', true), '') <> 'on' then
    raise exception 'The consent ledger is append-only: TRUNCATE on consents is refused.'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger consents_no_truncate before truncate on consents
  for each statement execute function refuse_ledger_truncate();
