-- Agents, their certificates, enrolment tokens. Times are milliseconds UTC.
create table agents (
  name      text primary key,
  enrolled  integer not null,
  revoked   integer,            -- null: may speak
  last_seen integer,            -- by the engine
  offset_ms integer,            -- by the engine
  version   text not null default ''
) strict;

create table agent_certificates (
  serial     text primary key,
  agent      text not null references agents(name),
  sha256     text not null,
  not_before integer not null,
  not_after  integer not null,
  issued     integer not null,
  via        text not null,     -- token:<id> or renewal:<old serial>
  revoked    integer
) strict;
create index agent_certificates_by_agent on agent_certificates(agent, issued);

-- Only the hash of a token's secret; the secret is shown once and never stored.
create table agent_tokens (
  id      text primary key,
  agent   text not null,
  hash    text not null,
  created integer not null,
  expires integer not null,
  made_by text not null,
  used    integer
) strict;
