-- Webhooks: who is told of what, how far each has come, and every attempt.

create table subscriptions (
    dossier_id text collate "C" not null,
    id text collate "C" not null,
    name text,
    url text not null,
    watch text not null,
    needs_rows boolean not null,
    status text collate "C" not null,
    because text,
    position bigint not null,
    cursor text collate "C",
    tries integer not null,
    failing_since timestamp with time zone,
    next_attempt_at timestamp with time zone,
    secrets text not null,
    created_at timestamp with time zone default now() not null,
    created_by text collate "C" not null,
    version integer not null,
    lease text collate "C",
    leased_by text collate "C",
    leased_until timestamp with time zone,
    constraint pk_subscriptions primary key (dossier_id, id)
) with (fillfactor = 50);  -- updated with every few messages: leave a row room to stay on its page

create table deliveries (
    dossier_id text collate "C" not null,
    subscription_id text collate "C" not null,
    entry bigint generated always as identity,
    message_id text not null,
    position bigint not null,
    type text collate "C" not null,
    number integer not null,
    attempted_at timestamp with time zone not null,
    duration_ms integer not null,
    status integer,
    error text,
    response text,
    next_attempt_at timestamp with time zone,
    constraint pk_deliveries primary key (dossier_id, subscription_id, entry)
);
