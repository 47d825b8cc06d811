-- Times are milliseconds UTC; enums and payloads are text.

-- How far the journal is reflected in this database: written in the same transaction as what it produced.
create table position (
  stream text primary key,
  number integer not null
) strict;

-- Every revision of a contract that anything was decided under, whole.
create table contracts (
  id text not null,
  revision text not null,
  holds_from integer not null,
  body text not null,
  primary key (id, revision)
) strict;

-- A case is this list; `cases` below may be dropped and made again from it. `body` is the event as docs/events.md
-- says; the other columns repeat what is asked for.
create table events (
  seq integer primary key,
  contract text not null,
  number text not null,
  n integer not null,
  kind text not null,
  at integer not null,
  known integer not null,
  body text not null,
  unique (contract, number, n)
) strict;
create trigger events_are_kept before delete on events
begin
  select raise(abort, 'events are append-only');
end;
create trigger events_stay before update on events
begin
  select raise(abort, 'events are append-only');
end;

create table cases (
  contract text not null,
  number text not null,
  kind text not null,
  system text not null,
  status text not null,
  grade text not null,
  run integer not null,
  opened integer not null,
  last_n integer not null,
  last_at integer not null,
  over integer not null,
  primary key (contract, number)
) strict;
create index cases_by_time on cases (opened);
create index cases_open on cases (over) where over = 0;

-- Printed numbers given so far: name is the number without its counting digits.
create table counters (
  contract text not null,
  name text not null,
  last integer not null,
  primary key (contract, name)
) strict;

-- Notifications, written with the event they tell of; the dispatcher records what became of them.
create table outbox (
  key text primary key,
  channel text not null,
  person text not null,
  address text not null,
  lang text not null,
  subject text not null,
  lines text not null,
  event text not null,
  created integer not null,
  due integer not null,
  state text not null default 'waiting',
  attempts integer not null default 0,
  last_error text not null default '',
  done integer
) strict;
create index outbox_due on outbox (due) where state = 'waiting';

create table documents (
  contract text not null,
  number text not null,
  kind text not null,
  form text not null,
  about text not null,
  state text not null,
  created integer not null,
  facts text not null,
  hash text not null,
  primary key (contract, number)
) strict;
