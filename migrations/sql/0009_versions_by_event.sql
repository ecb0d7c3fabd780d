-- A stream stands where its last event does: two histories, as of a database that was restored, can both be at version 2.
-- So what is expected of a stream, and of those that a decision rests on, is the event besides the number.

-- As `append_answer`, with the event that the stream ends with (of a conflict, or a guard that failed) or that the
-- command had ended with (of one that was done before; null where it had changed nothing).
create type append_outcome as (
    status      text,
    position    bigint,
    version     integer,
    recorded_at timestamptz,
    guard       integer,
    actual      integer,
    event       uuid
);

-- Where a stream stands; nothing if there is none. In this form the planner puts it into the query that asks it.
create function stream_last(dossier text, of_kind text, of_id text) returns table (version integer, event uuid)
language sql stable parallel safe as $$
    select e.version, e.id from events e
    where e.dossier_id = dossier and e.stream_kind = of_kind and e.stream_id = of_id
    order by e.version desc limit 1
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
    expected_event  uuid,
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
    guard_versions  integer[],
    guard_events    uuid[]
) returns append_outcome language plpgsql as $$
declare
    added  constant integer := cardinality(types);
    before record;
    failed record;
    actual_version integer;
    actual_event   uuid;
begin
    select c.content_hash, c.position, c.version, c.recorded_at, e.id as event into before
    from commands c
    -- Where it appended, the event at its position is its own; where nothing changed, somebody else's.
    left join events e on e.dossier_id = c.dossier_id and e.position = c.position
        and e.principal = c.principal and e.command_id = c.command_id
    where c.dossier_id = dossier and c.principal = by_principal and c.command_id = by_command;
    if found then
        if before.content_hash <> content then
            return row('reused', null, null, null, null, null, null)::append_outcome;
        end if;
        return row('done', before.position, before.version, before.recorded_at, null, null, before.event)::append_outcome;
    end if;

    select l.version, l.event into actual_version, actual_event from stream_last(dossier, of_kind, of_id) l;
    actual_version := coalesce(actual_version, 0);
    if actual_version <> expected or (expected_event is not null and actual_event is distinct from expected_event) then
        return row('conflict', null, null, null, null, actual_version, actual_event)::append_outcome;
    end if;

    if cardinality(guard_ids) > 0 then
        select g.n, coalesce(l.version, 0) as version, l.event into failed
        from unnest(guard_kinds, guard_ids, guard_versions, guard_events)
            with ordinality as g (kind, id, version, event, n)
        left join lateral stream_last(dossier, g.kind, g.id) l on true
        where case when g.version is null then l.version is null else coalesce(l.version, 0) <> g.version end
            or (g.event is not null and l.event is distinct from g.event)
        order by g.n limit 1;
        if found then
            return row('guard', null, null, null, failed.n, failed.version, failed.event)::append_outcome;
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
    return row('appended', head_position + added, expected + added, moment, null, null, null)::append_outcome;
end
$$;

-- Whether each append finds its stream at the expected version and its guards hold, given the earlier ones.
-- A creation is taken at its word: the unique key of events contradicts it if it must.
create function appends_hold(
    dossier           text,
    stream_kinds      text[],
    stream_ids        text[],
    expected_versions integer[],
    expected_events   uuid[],
    event_counts      integer[],
    guard_counts      integer[],
    guard_kinds       text[],
    guard_ids         text[],
    guard_versions    integer[],
    guard_events      uuid[]
) returns boolean language plpgsql as $$
begin
    return not exists (
        with append as materialized (
            select a.*, sum(a.guards) over (order by a.n) as last_guard
            from unnest(stream_kinds, stream_ids, expected_versions, expected_events, event_counts, guard_counts)
                with ordinality as a (kind, id, version, event, adds, guards, n)
        ), need as (
            select a.n, a.kind collate "C" as kind, a.id collate "C" as id, a.version, a.event, a.adds, true as own
            from append a
            union all
            select a.n, g.kind, g.id, g.version, g.event, 0, false
            from (select n, generate_series(last_guard - guards + 1, last_guard) as k from append) a
            join unnest(guard_kinds, guard_ids, guard_versions, guard_events)
                with ordinality as g (kind, id, version, event, k) using (k)
        ), earlier as (
            select need.*, row_number() over stream as turn, coalesce(sum(adds) over stream - adds, 0) as added
            from need
            window stream as (partition by kind, id order by n, own rows unbounded preceding)
        ), looked as (
            select earlier.*, l.version as last_version, l.event as last_event
            from earlier
            -- Of what was looked at already, and of a creation, nothing is looked up.
            left join lateral stream_last(
                dossier, case when turn = 1 and not (own and earlier.version = 0 and adds > 0) then kind end, id
            ) l on true
        ), seen as (
            select version, event, added,
                added + coalesce(first_value(last_version) over stream, 0) as actual,
                first_value(last_event) over stream as actual_event
            from looked
            window stream as (partition by kind, id order by turn rows unbounded preceding)
        )
        select from seen
        where case when version is null then actual = 0 else actual <> version end
            or (event is not null and (added > 0 or event is distinct from actual_event))
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
    expected_events   uuid[],
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
    guard_versions    integer[],
    guard_events      uuid[]
) returns boolean language plpgsql
set enable_nestloop = off  -- the planner takes every array for one of 10 elements
as $$
begin
    if (cardinality(guard_ids) > 0 or 0 <> any (expected_versions) or 0 = any (event_counts))
        and not appends_hold(
            dossier, stream_kinds, stream_ids, expected_versions, expected_events, event_counts, guard_counts,
            guard_kinds, guard_ids, guard_versions, guard_events
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
    expected_events   uuid[],
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
    guard_versions    integer[],
    guard_events      uuid[]
) returns setof append_outcome language plpgsql security definer
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
    answer     append_outcome;
    answers    append_outcome[];
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
            select 'clock', null::bigint, null::integer, null::timestamptz, null::integer, null::integer, null::uuid
            from generate_series(1, appends);
        return;
    end if;
    moment := greatest(clock, head_time);

    if appends >= 8 and append_at_once(
        dossier, head, moment, stream_kinds, stream_ids, expected_versions, expected_events, principals, command_ids,
        content_hashes, causation_ids, correlation_ids, group_starts, event_counts, guard_counts,
        event_ids, types, schema_versions, datas, blinds, guard_kinds, guard_ids, guard_versions, guard_events
    ) then
        update heads h set position = head + cardinality(types), recorded_at = moment where h.dossier_id = dossier;
        return query
            select
                'appended', head + sum(a.added) over (order by a.n), a.expected + a.added, moment,
                null::integer, null::integer, null::uuid
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
                    stream_kinds[a], stream_ids[a], expected_versions[a], expected_events[a], principals[a],
                    command_ids[a], content_hashes[a], causation_ids[a], correlation_ids[a],
                    event_ids[next_event : next_event + event_counts[a] - 1],
                    types[next_event : next_event + event_counts[a] - 1],
                    schema_versions[next_event : next_event + event_counts[a] - 1],
                    datas[next_event : next_event + event_counts[a] - 1],
                    blinds[next_event : next_event + event_counts[a] - 1],
                    guard_kinds[next_guard : next_guard + guard_counts[a] - 1],
                    guard_ids[next_guard : next_guard + guard_counts[a] - 1],
                    guard_versions[next_guard : next_guard + guard_counts[a] - 1],
                    guard_events[next_guard : next_guard + guard_counts[a] - 1]
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
            answers := array_fill(row('group', null, null, null, null, null, null)::append_outcome, array[last - first + 1]);
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

-- For processes of the release before, which know numbers only, until the last of them is gone.
create or replace function append_to_log(
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
) returns setof append_answer language sql security definer
set search_path = public, pg_temp
as $$
    select a.status, a.position, a.version, a.recorded_at, a.guard, a.actual
    from append_to_log(
        dossier, stream_kinds, stream_ids, expected_versions, array_fill(null::uuid,
        array[cardinality(stream_ids)]), principals, command_ids, content_hashes, causation_ids,
        correlation_ids, group_starts, event_counts, guard_counts, event_ids, types, schema_versions, datas,
        blinds, guard_kinds, guard_ids, guard_versions, array_fill(null::uuid, array[cardinality(guard_ids)])
    ) a
$$;

drop function append_one(text, bigint, bigint, timestamptz, text, text, integer, text, text, bytea, text, text, uuid[], text[], smallint[], text[], bytea[], text[], text[], integer[]);
drop function appends_hold(text, text[], text[], integer[], integer[], integer[], text[], text[], integer[]);
drop function append_at_once(text, bigint, timestamptz, text[], text[], integer[], text[], text[], bytea[], text[], text[], integer[], integer[], integer[], uuid[], text[], smallint[], text[], bytea[], text[], text[], integer[]);
drop function stream_version(text, text, text);

-- The highest position recorded at or before a moment; null for a moment that is still to come. Nothing is written:
-- whoever asks while a clock is wrong must not stop others from recording. What is under way is waited for, and what
-- is recorded later comes after the moment, since that lies before our clock.
create or replace function position_at(dossier text, moment timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    head      bigint;
    head_time timestamptz;
    low       bigint := 0;
    high      bigint;
    middle    bigint;
begin
    select h.position, h.recorded_at into head, head_time from heads h where h.dossier_id = dossier;
    if moment >= head_time then
        select h.position, h.recorded_at into head, head_time from heads h where h.dossier_id = dossier for share;
    end if;
    if moment >= clock_timestamp() then
        return null;
    end if;
    if head is null then
        return 0;
    end if;
    if moment >= head_time then
        return head;
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
