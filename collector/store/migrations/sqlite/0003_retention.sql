-- What is over is removed after a while, found by these.
create index outbox_done on outbox (done) where done is not null;

-- Since when a newer certificate of the same agent stands beside it; null for the newest.
alter table agent_certificates add column superseded integer;
update agent_certificates set superseded = issued where serial <> (
  select n.serial from agent_certificates n where n.agent = agent_certificates.agent
  order by n.issued desc, n.not_after desc, n.serial limit 1);
create index agent_certificates_over on agent_certificates (not_after) where superseded is not null;

create index agents_revoked on agents (name) where revoked is not null;
