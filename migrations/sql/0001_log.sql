-- The log: one order for each dossier, never changed once written.
--
-- Ids compare by bytes (collation "C"): no rule of a language is needed to find them, and it is faster.

create table heads (
    dossier_id  text collate "C" primary key,
    position    bigint not null,
    recorded_at timestamptz not null
) with (fillfactor = 20);  -- one row for each dossier, updated at every append: leave it room to stay on its page

create table events (
    position       bigint not null,
    recorded_at    timestamptz not null,
    group_position bigint not null,
    id             uuid not null,
    version        integer not null,
    schema_version smallint not null,
    dossier_id     text collate "C" not null,
    stream_kind    text collate "C" not null,
    stream_id      text collate "C" not null,
    type           text collate "C" not null,
    data           text not null,  -- canonical JSON; jsonb would not keep what a hash must find again
    principal      text collate "C" not null,
    command_id     text collate "C" not null,
    causation_id   text,
    correlation_id text,
    blind          bytea not null,
    primary key (dossier_id, position),
    constraint one_event_for_a_version unique (dossier_id, stream_kind, stream_id, version)
);

create table commands (
    position     bigint not null,
    recorded_at  timestamptz not null,
    version      integer not null,
    dossier_id   text collate "C" not null,
    principal    text collate "C" not null,
    command_id   text collate "C" not null,
    content_hash bytea not null,
    primary key (dossier_id, principal, command_id)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of % is refused: what was recorded is never changed', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create trigger never_changed before update or delete or truncate on events
    for each statement execute function refuse_change();
create trigger never_changed before update or delete or truncate on commands
    for each statement execute function refuse_change();

-- ALWAYS: also where replication has switched ordinary triggers off.
alter table events enable always trigger never_changed;
alter table commands enable always trigger never_changed;

revoke update, delete, truncate on events, commands from public, current_user;
