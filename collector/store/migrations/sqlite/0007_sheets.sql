-- What persons do with a sheet after it was made: fill, submit, return, review, sign. `body` is the event as
-- docs/events.md says, `digest` its SHA-256, hex; the other columns repeat what is asked for.
create table sheet_events (
  seq integer primary key,
  contract text not null,
  number text not null,
  n integer not null,
  kind text not null,
  at integer not null,
  known integer not null,
  body text not null,
  digest text not null,
  unique (contract, number, n)
) strict;
create trigger sheet_events_are_kept before delete on sheet_events
begin
  select raise(abort, 'events of a sheet are append-only');
end;
create trigger sheet_events_stay before update on sheet_events
begin
  select raise(abort, 'events of a sheet are append-only');
end;

-- How a sheet stands: derived from its document and its events; may be dropped and made again.
create table sheets (
  contract text not null,
  number text not null,
  round text not null,
  made integer not null,
  state text not null,
  manual integer not null,
  unfilled integer not null,
  parts text not null,
  signed integer,
  last_n integer not null,
  primary key (contract, number)
) strict;
create index sheets_by_time on sheets (contract, made);
insert into sheets
select contract, number, about, created, 'draft',
       case when json_valid(facts) then
         (select count(*) from json_tree(facts, '$.systems') where key = 'state' and atom = 'manual') else 0 end,
       case when json_valid(facts) then
         (select count(*) from json_tree(facts, '$.systems') where key = 'state' and atom = 'manual') else 0 end,
       '', null, 0
from documents where kind = 'round';

-- A document as it was frozen again after event `n` of it; `documents` holds what it was made as.
create table document_revisions (
  contract text not null,
  number text not null,
  n integer not null,
  state text not null,
  frozen integer not null,
  facts text not null,
  hash text not null,
  primary key (contract, number, n)
) strict;
create trigger document_revisions_are_kept before delete on document_revisions
begin
  select raise(abort, 'what was frozen stays');
end;
create trigger document_revisions_stay before update on document_revisions
begin
  select raise(abort, 'what was frozen stays');
end;
