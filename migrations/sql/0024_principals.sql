-- Who signs, apart from the tokens that they hold; and what is known of each token.

create table principals (
    principal text collate "C" primary key,
    kind      text not null check (kind in ('user', 'program')),
    -- In words: kept here, never on an event, so that it can be taken away.
    name      text not null,
    -- As names are compared: nobody signs as another.
    signed_as text collate "C" not null,
    email     text,
    made_at   timestamptz not null default now(),
    made_by   text collate "C",
    ended_at  timestamptz
);

create unique index one_principal_of_a_name on principals (signed_as) where ended_at is null;

alter table tokens
    add column id text collate "C",
    add column named_as text collate "C",
    add column made_by text collate "C",
    add column expires_at timestamptz,
    -- The day, and the network: enough to see that a stranger uses it.
    add column used_on date,
    add column used_from text;
update tokens set id = 't-' || left(replace(gen_random_uuid()::text, '-', ''), 12);
update tokens set named_as = id;
alter table tokens
    alter column id set not null,
    alter column named_as set not null;

create unique index tokens_by_id on tokens (id);
create index tokens_by_maker on tokens (made_by);
create unique index one_token_of_a_name on tokens (principal, named_as) where revoked_at is null;
