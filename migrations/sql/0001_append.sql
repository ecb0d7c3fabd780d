-- What an append is answered: 'appended' or 'done' (its command had been answered before) with where it ended;
-- 'conflict' with the stream's actual version; 'guard' with the number of the guard that failed, from 1, and the
-- actual version of its stream; 'reused' (the command id, with other content); 'group' (another of its group
-- failed); 'clock' (it stands too far behind the last event).
create type append_answer as (
    status      text,
    position    bigint,
    version     integer,
    recorded_at timestamptz,
    guard       integer,
    actual      integer
);

-- The version that a stream is at, 0 if there is none.
create function stream_version(dossier text, of_kind text, of_id text) returns integer
language sql stable parallel safe as $$
    select coalesce((
        select e.version from events e
        where e.dossier_id = dossier and e.stream_kind = of_kind and e.stream_id = of_id
        order by e.version desc limit 1
    ), 0)
$$;

-- One append, checked and made. The caller holds the head, which stands at `head_position`.
create function append_one(
    dossier         text,
    head_position   bigint,
    group_position  bigint,
    moment          timestamptz,
    of_kind         text,
    of_id           text,
    expected        integer,
    by_principal    text,
    by_command      text,
    content         bytea,
    causation       text,
    correlation     text,
    event_ids       uuid[],
    types           text[],
    schema_versions smallint[],
    datas           text[],
    blinds          bytea[],
    guard_kinds     text[],
    guard_ids       text[],
    guard_versions  integer[]
) returns append_answer language plpgsql as $$
declare
    added  constant integer := cardinality(types);
    before record;
    failed record;
    actual integer;
begin
    select c.content_hash, c.position, c.version, c.recorded_at into before
    from commands c
    where c.dossier_id = dossier and c.principal = by_principal and c.command_id = by_command;
    if found then
        if before.content_hash <> content then
            return row('reused', null, null, null, null, null)::append_answer;
        end if;
        return row('done', before.position, before.version, before.recorded_at, null, null)::append_answer;
    end if;

    actual := coalesce((
        select e.version from events e
        where e.dossier_id = dossier and e.stream_kind = of_kind and e.stream_id = of_id
        order by e.version desc limit 1
    ), 0);
    if actual <> expected then
        return row('conflict', null, null, null, null, actual)::append_answer;
    end if;

    if cardinality(guard_ids) > 0 then
        select g.n, g.actual into failed
        from (
            select g.n, g.version, stream_version(dossier, g.kind, g.id) as actual
            from unnest(guard_kinds, guard_ids, guard_versions) with ordinality as g (kind, id, version, n)
        ) g
        where case when g.version is null then g.actual = 0 else g.actual <> g.version end
        order by g.n limit 1;
        if found then
            return row('guard', null, null, null, failed.n, failed.actual)::append_answer;
        end if;
    end if;

    insert into commands (dossier_id, principal, command_id, content_hash, position, version, recorded_at)
    values (dossier, by_principal, by_command, content, head_position + added, expected + added, moment);
    if added > 0 then
        insert into events (
            id, dossier_id, position, group_position, recorded_at, stream_kind, stream_id, version,
            type, schema_version, data, blind, principal, command_id, causation_id, correlation_id
        )
        select
            e.id, dossier, head_position + e.n, group_position, moment, of_kind, of_id, expected + e.n,
            e.type, e.schema_version, e.data, e.blind, by_principal, by_command, causation, correlation
        from unnest(event_ids, types, schema_versions, datas, blinds)
            with ordinality as e (id, type, schema_version, data, blind, n);
    end if;
    return row('appended', head_position + added, expected + added, moment, null, null)::append_answer;
end
$$;

-- Whether each append finds its stream at the expected version and its guards hold, given the earlier ones.
-- A creation is taken at its word: the unique key of events contradicts it if it must.
create function appends_hold(
    dossier           text,
    stream_kinds      text[],
    stream_ids        text[],
    expected_versions integer[],
    event_counts      integer[],
    guard_counts      integer[],
    guard_kinds       text[],
    guard_ids         text[],
    guard_versions    integer[]
) returns boolean language plpgsql as $$
begin
    return not exists (
        with append as materialized (
            select a.*, sum(a.guards) over (order by a.n) as last_guard
            from unnest(stream_kinds, stream_ids, expected_versions, event_counts, guard_counts)
                with ordinality as a (kind, id, version, adds, guards, n)
        ), need as (
            select a.n, a.kind collate "C" as kind, a.id collate "C" as id, a.version, a.adds, true as own from append a
            union all
            select a.n, g.kind, g.id, g.version, 0, false
            from (select n, generate_series(last_guard - guards + 1, last_guard) as k from append) a
            join unnest(guard_kinds, guard_ids, guard_versions) with ordinality as g (kind, id, version, k) using (k)
        ), earlier as (
            select need.*, row_number() over stream as turn, coalesce(sum(adds) over stream - adds, 0) as added
            from need
            window stream as (partition by kind, id order by n, own rows unbounded preceding)
        ), seen as (
            select version, added + coalesce(max(
                case when turn = 1 and not (own and version = 0 and adds > 0) then stream_version(dossier, kind, id) end
            ) over (partition by kind, id), 0) as actual
            from earlier
        )
        select from seen where case when version is null then actual = 0 else actual <> version end
    );
end
$$;

-- A whole batch in a few statements, if nothing stands against any of its appends; else nothing, and false. The
-- arguments are those of append_to_log, and where the head stands.
create function append_at_once(
    dossier           text,
    head              bigint,
    moment            timestamptz,
    stream_kinds      text[],
    stream_ids        text[],
    expected_versions integer[],
    principals        text[],
    command_ids       text[],
    content_hashes    bytea[],
    causation_ids     text[],
    correlation_ids   text[],
    group_starts      integer[],
    event_counts      integer[],
    guard_counts      integer[],
    event_ids         uuid[],
    types             text[],
    schema_versions   smallint[],
    datas             text[],
    blinds            bytea[],
    guard_kinds       text[],
    guard_ids         text[],
    guard_versions    integer[]
) returns boolean language plpgsql
set enable_nestloop = off  -- the planner takes every array for one of 10 elements
as $$
begin
    if (cardinality(guard_ids) > 0 or 0 <> any (expected_versions) or 0 = any (event_counts))
        and not appends_hold(
            dossier, stream_kinds, stream_ids, expected_versions, event_counts, guard_counts,
            guard_kinds, guard_ids, guard_versions
        )
    then
        return false;
    end if;
    with append as materialized (
        select
            a.*,
            a.expected + a.added as version,
            head + sum(a.added) over (order by a.n) as position
        from unnest(
            stream_kinds, stream_ids, expected_versions, principals, command_ids, content_hashes,
            causation_ids, correlation_ids, group_starts, event_counts
        ) with ordinality as a (
            kind, id, expected, principal, command_id, content_hash,
            causation_id, correlation_id, group_start, added, n
        )
    ), remembered as (
        insert into commands (dossier_id, principal, command_id, content_hash, position, version, recorded_at)
        select dossier, a.principal, a.command_id, a.content_hash, a.position, a.version, moment
        from append a
    )
    insert into events (
        id, dossier_id, position, group_position, recorded_at, stream_kind, stream_id, version,
        type, schema_version, data, blind, principal, command_id, causation_id, correlation_id
    )
    select
        e.id, dossier, a.k, a.group_position, moment, a.kind, a.id, a.version - (a.position - a.k),
        e.type, e.schema_version, e.data, e.blind, a.principal, a.command_id, a.causation_id, a.correlation_id
    from (
        select
            a.*,
            -- Groups stand in order, so the latest start seen is that of the append's own group.
            max(case when a.n = a.group_start then a.position - a.added + 1 end) over (order by a.n)
                as group_position,
            generate_series(a.position - a.added + 1, a.position) as k
        from append a
    ) a
    join unnest(event_ids, types, schema_versions, datas, blinds)
        with ordinality as e (id, type, schema_version, data, blind, n) on e.n = a.k - head;
    return true;
exception when unique_violation then
    return false;  -- a stream or a command that is there already
end
$$;

-- Appends a batch to one dossier and answers each append on its own, in their order.
--
-- The arrays run in parallel: one element for each append, then for each event, then for each guard, in the order
-- of their appends, which say how many of each they have. `group_starts` is the number, from 1, of the first
-- append of each one's group; a group is appended whole or not at all, and stands together.
create function append_to_log(
    dossier           text,
    stream_kinds      text[],
    stream_ids        text[],
    expected_versions integer[],
    principals        text[],
    command_ids       text[],
    content_hashes    bytea[],
    causation_ids     text[],
    correlation_ids   text[],
    group_starts      integer[],
    event_counts      integer[],
    guard_counts      integer[],
    event_ids         uuid[],
    types             text[],
    schema_versions   smallint[],
    datas             text[],
    blinds            bytea[],
    guard_kinds       text[],
    guard_ids         text[],
    guard_versions    integer[]
) returns setof append_answer language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    appends    constant integer := cardinality(stream_ids);
    head       bigint;
    head_time  timestamptz;
    clock      timestamptz;
    moment     timestamptz;
    is_new     boolean := false;
    is_kept    boolean := false;
    adds       boolean;
    reached    bigint;
    first      integer;
    last       integer;
    failed     integer;
    event      integer := 1;
    guard      integer := 1;
    next_event integer;
    next_guard integer;
    answer     append_answer;
    answers    append_answer[];
begin
    loop
        select h.position, h.recorded_at into head, head_time from heads h where h.dossier_id = dossier for update;
        exit when found;
        insert into heads values (dossier, 0, '-infinity') on conflict do nothing;
        is_new := found;
    end loop;

    clock := clock_timestamp();
    if clock < head_time - interval '5 seconds' then
        return query
            select 'clock', null::bigint, null::integer, null::timestamptz, null::integer, null::integer
            from generate_series(1, appends);
        return;
    end if;
    moment := greatest(clock, head_time);

    if appends >= 8 and append_at_once(
        dossier, head, moment, stream_kinds, stream_ids, expected_versions, principals, command_ids,
        content_hashes, causation_ids, correlation_ids, group_starts, event_counts, guard_counts,
        event_ids, types, schema_versions, datas, blinds, guard_kinds, guard_ids, guard_versions
    ) then
        update heads h set position = head + cardinality(types), recorded_at = moment where h.dossier_id = dossier;
        return query
            select
                'appended', head + sum(a.added) over (order by a.n), a.expected + a.added, moment,
                null::integer, null::integer
            from unnest(expected_versions, event_counts) with ordinality as a (expected, added, n);
        return;
    end if;

    -- Group by group, append by append.
    last := 0;
    while last < appends loop
        first := last + 1;
        last := first;
        while group_starts[last + 1] = first loop
            last := last + 1;
        end loop;
        answers := '{}';
        reached := head;
        adds := false;
        next_event := event;
        next_guard := guard;
        begin
            for a in first .. last loop
                answer := append_one(
                    dossier, reached, head + 1, moment,
                    stream_kinds[a], stream_ids[a], expected_versions[a], principals[a], command_ids[a],
                    content_hashes[a], causation_ids[a], correlation_ids[a],
                    event_ids[next_event : next_event + event_counts[a] - 1],
                    types[next_event : next_event + event_counts[a] - 1],
                    schema_versions[next_event : next_event + event_counts[a] - 1],
                    datas[next_event : next_event + event_counts[a] - 1],
                    blinds[next_event : next_event + event_counts[a] - 1],
                    guard_kinds[next_guard : next_guard + guard_counts[a] - 1],
                    guard_ids[next_guard : next_guard + guard_counts[a] - 1],
                    guard_versions[next_guard : next_guard + guard_counts[a] - 1]
                );
                answers := answers || answer;
                if answer.status = 'appended' then
                    reached := answer.position;
                    adds := true;
                elsif answer.status <> 'done' then
                    raise exception using errcode = 'KR001', message = 'undo the group';
                end if;
                next_event := next_event + event_counts[a];
                next_guard := next_guard + guard_counts[a];
            end loop;
            head := reached;
            is_kept := is_kept or adds;
        exception when sqlstate 'KR001' then
            failed := cardinality(answers);
            answers := array_fill(row('group', null, null, null, null, null)::append_answer, array[last - first + 1]);
            answers[failed] := answer;
        end;
        for a in first .. last loop
            event := event + event_counts[a];
            guard := guard + guard_counts[a];
        end loop;
        foreach answer in array answers loop
            return next answer;
        end loop;
    end loop;

    if is_kept then
        update heads h set position = head, recorded_at = moment where h.dossier_id = dossier;
    elsif is_new then
        delete from heads h where h.dossier_id = dossier;
    end if;
end
$$;

-- The highest position recorded at or before a moment; null for a moment that is still to come. No later append
-- is recorded at or before a moment that was asked about.
create function position_at(dossier text, moment timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    head      bigint;
    head_time timestamptz;
    low       bigint := 0;
    high      bigint;
    middle    bigint;
begin
    if moment > clock_timestamp() then
        return null;
    end if;
    select h.position, h.recorded_at into head, head_time from heads h where h.dossier_id = dossier;
    if not found then
        return 0;
    end if;
    if moment >= head_time then
        select h.position, h.recorded_at into head, head_time from heads h where h.dossier_id = dossier for update;
        if moment >= head_time then
            update heads h set recorded_at = moment + interval '1 microsecond' where h.dossier_id = dossier;
            return head;
        end if;
    end if;
    -- Times never decrease along positions, which have no gaps: halve the interval low <= answer < high.
    high := head + 1;
    while high - low > 1 loop
        middle := (low + high) / 2;
        if (select e.recorded_at from events e where e.dossier_id = dossier and e.position = middle) <= moment then
            low := middle;
        else
            high := middle;
        end if;
    end loop;
    return low;
end
$$;

revoke execute on function append_to_log, append_at_once, append_one, appends_hold, position_at from public;

-- What the application runs as, where it is not the owner of the database.
do $$
begin
    create role kroniek_app nologin;
exception
    when duplicate_object or unique_violation or insufficient_privilege then null;
end
$$;
do $$
begin
    if exists (select from pg_roles where rolname = 'kroniek_app') then
        grant select on heads, events, commands to kroniek_app;
        grant execute on function append_to_log, position_at to kroniek_app;
    end if;
end
$$;
