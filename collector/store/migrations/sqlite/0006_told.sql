-- What the contract wants told by a message, JSON; emptied when the case knows that it was told, or never will
-- be by this message.
alter table outbox add column tells text not null default '';
create index outbox_tells on outbox (key) where tells <> '';
