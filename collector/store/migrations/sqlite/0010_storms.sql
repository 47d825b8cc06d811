-- Notices that the storm brake holds (state 'held', then 'summed') and the key of the message that says them;
-- `news` is the contract where a row is one the brake counts. A row of `storms` for each that was; one that
-- has no end lasts.
alter table outbox add column news text not null default '';
alter table outbox add column summary text not null default '';
create index outbox_news on outbox (news, person, channel, created) where news <> '';
create index outbox_held on outbox (news, person, channel, created) where state = 'held';
create table storms (
  contract text not null,
  person text not null,
  channel text not null,
  began integer not null,
  next integer not null,
  ended integer,
  summaries integer not null default 0,
  held integer not null default 0,
  primary key (contract, person, channel, began)
) strict;
create unique index storms_lasting on storms (contract, person, channel) where ended is null;
create index storms_ended on storms (ended) where ended is not null;
create index storms_began on storms (began);
