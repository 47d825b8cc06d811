-- What people put on record beside cases: obligations done, happenings, withdrawals. `body` is the record as
-- docs/storage.md says, `digest` its SHA-256, hex; the other columns repeat what is asked for. How an
-- obligation stands follows from these and is stored nowhere.
create table duty_records (
  seq integer primary key,
  contract text not null,
  n integer not null,
  kind text not null,
  about text not null,
  period text not null,
  at integer not null,
  known integer not null,
  body text not null,
  digest text not null,
  unique (contract, n)
) strict;
create trigger duty_records_are_kept before delete on duty_records
begin
  select raise(abort, 'duty records are append-only');
end;
create trigger duty_records_stay before update on duty_records
begin
  select raise(abort, 'duty records are append-only');
end;

-- What was said of an obligation, so that it is said once: in the transaction of its notifications.
create table duty_told (
  contract text not null,
  name text not null,
  period text not null,
  what text not null,
  at integer not null,
  primary key (contract, name, period, what)
) strict;

create index documents_by_time on documents (contract, created);
