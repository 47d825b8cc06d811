-- SHA-256 of `body`, hex, by which an event that was altered behind the program's back is named. Events
-- written before this column have none: they stay as they are.
alter table events add column digest text not null default '';
