-- The knowledge base. Every revision of an entry is kept; `body` is as docs/storage.md says, `digest` its
-- SHA-256, hex. What is asked for is derived: the newest revision of each, and the terms it is found by.
create table knowledge (
  seq integer primary key,
  contract text not null,
  id text not null,
  n integer not null,
  at integer not null,
  body text not null,
  digest text not null,
  unique (contract, id, n)
) strict;
create trigger knowledge_is_kept before delete on knowledge
begin
  select raise(abort, 'knowledge is append-only');
end;
create trigger knowledge_stays before update on knowledge
begin
  select raise(abort, 'knowledge is append-only');
end;

create table knowledge_entries (
  entry integer primary key,
  contract text not null,
  id text not null,
  n integer not null,
  state text not null,
  system text not null,
  at integer not null,
  unique (contract, id)
) strict;

create table knowledge_terms (
  term text not null,
  entry integer not null,
  weight integer not null,
  primary key (term, entry)
) strict, without rowid;
create index knowledge_terms_of on knowledge_terms (entry);
