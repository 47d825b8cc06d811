-- What people put on record about deductions: what happened that no machine sees, what is waived, what was
-- withdrawn. `body` is the record as docs/storage.md says, `digest` its SHA-256, hex; the other columns repeat
-- what is asked for. What a contract costs follows from these and the cases, and is stored nowhere.
create table deduction_records (
  seq integer primary key,
  contract text not null,
  n integer not null,
  kind text not null,
  about text not null,
  number text not null,
  at integer not null,
  known integer not null,
  body text not null,
  digest text not null,
  unique (contract, n)
) strict;
create trigger deduction_records_are_kept before delete on deduction_records
begin
  select raise(abort, 'deduction records are append-only');
end;
create trigger deduction_records_stay before update on deduction_records
begin
  select raise(abort, 'deduction records are append-only');
end;
