-- A case that is over, whose end the contract wants told within a time: nobody has told it yet, nor was it said
-- to be missed. Which of those that ended before this column was there do, the next start sees by their events.
alter table cases add column owes integer not null default 0;
update cases set owes = 1 where over = 1;
create index cases_owing on cases (owes) where owes = 1;
