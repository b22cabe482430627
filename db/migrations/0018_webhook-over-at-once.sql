-- An enrollment may begin and end in one turn: then its row is written as ended, and there is no update to fire on.
create trigger webhook_enrollment_over after insert on enrollments for each row
  when (new.finished_at is not null) execute function webhook_row('enrollment.finished');
