-- Who may write, and the keys of this installation.

create table tokens (
    token_hash bytea primary key,
    principal  text collate "C" not null,
    -- Whoever holds the token, in words: kept here, never on an event, so that it can be taken away.
    name       text not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

create index tokens_by_principal on tokens (principal);

create table installation_keys (
    name text primary key,
    key  bytea not null
);

insert into installation_keys
values ('command-content', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
