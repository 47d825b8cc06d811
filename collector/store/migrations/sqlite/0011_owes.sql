-- A case that is over, whose end the contract wants told within a time: nobody has told it yet, nor was it said
-- to be missed. What ended before this column was there is not asked for.
alter table cases add column owes integer not null default 0;
create index cases_owing on cases (owes) where owes = 1;
