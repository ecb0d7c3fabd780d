-- Statements can be found by what they count, and by what may have been at a moment; claims have a row only once
-- something has happened to them. Everything here follows from the log, so the workers build it anew.

truncate checkpoints, rebuilds, retired_builds, dossiers, sources, actors, places, place_parents, reports, relations;
drop table claims;
drop table statements;

alter table reports add column dataset text collate "C";

create table claims (
    dossier_id text collate "C" not null,
    generation integer not null,
    claim_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    retracted boolean not null,
    retracted_because text,
    credibility smallint,
    graded_because text,
    constraint pk_claims primary key (dossier_id, generation, claim_id, from_position)
);

create table statements (
    dossier_id text collate "C" not null,
    generation integer not null,
    claim_id text collate "C" not null,
    number integer not null,
    from_position bigint not null,
    to_position bigint not null,
    ordinal integer not null,
    recorded_position bigint not null,
    report_id text collate "C" not null,
    ended boolean not null,
    follows integer,
    own text[] not null,
    changed_by text,
    without_notice boolean not null,
    reason text,
    content text not null,
    kind text collate "C" not null,
    measure text collate "C",
    nature text collate "C" not null,
    topic text collate "C" not null,
    place_id text collate "C" not null,
    claimant_id text collate "C" not null,
    actors text[] not null,
    earliest_start bigint,
    latest_start bigint,
    earliest_end bigint,
    latest_end bigint,
    reach smallint,
    long boolean not null,
    figure text collate "C" not null,
    constraint pk_statements primary key (dossier_id, generation, claim_id, number, from_position)
);

create index statements_in_order on statements (dossier_id, generation, recorded_position);

create index statements_by_report on statements (dossier_id, generation, report_id, figure);

create index statements_by_topic
    on statements (dossier_id, generation, nature, place_id, topic, claimant_id, earliest_start);

create index statements_in_time on statements (dossier_id, generation, reach, earliest_start) where reach is not null;

create index statements_that_are_long
    on statements (dossier_id, generation, nature, place_id, topic, claimant_id) where long;
