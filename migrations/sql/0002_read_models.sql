-- Read models: rows versioned by position, and how far each dossier's are. All of it follows from the log.

create table actors (
    dossier_id text collate "C" not null,
    generation integer not null,
    actor_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    recorded_position bigint not null,
    details text not null,
    retracted boolean not null,
    constraint pk_actors primary key (dossier_id, generation, actor_id, from_position)
);

create table checkpoints (
    dossier_id text collate "C" not null,
    position bigint not null,
    builds text not null,
    time_zone text not null,
    refused_position bigint,
    refused_because text,
    constraint pk_checkpoints primary key (dossier_id)
);

create table claims (
    dossier_id text collate "C" not null,
    generation integer not null,
    claim_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    recorded_position bigint not null,
    retracted boolean not null,
    retracted_because text,
    credibility smallint,
    graded_because text,
    constraint pk_claims primary key (dossier_id, generation, claim_id, from_position)
);

create table dossiers (
    dossier_id text collate "C" not null,
    generation integer not null,
    stream_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    recorded_position bigint not null,
    details text not null,
    time_zone text not null,
    constraint pk_dossiers primary key (dossier_id, generation, stream_id, from_position)
);

create table place_parents (
    dossier_id text collate "C" not null,
    generation integer not null,
    place_id text collate "C" not null,
    parent_id text collate "C" not null,
    nth integer not null,
    from_position bigint not null,
    to_position bigint not null,
    earliest bigint not null,
    latest bigint not null,
    constraint pk_place_parents primary key (dossier_id, generation, place_id, parent_id, nth, from_position)
);

create index place_parents_by_parent on place_parents (dossier_id, generation, parent_id);

create table places (
    dossier_id text collate "C" not null,
    generation integer not null,
    place_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    recorded_position bigint not null,
    details text not null,
    retracted boolean not null,
    constraint pk_places primary key (dossier_id, generation, place_id, from_position)
);

create table rebuilds (
    dossier_id text collate "C" not null,
    read_model text collate "C" not null,
    generation integer not null,
    version integer not null,
    position bigint not null,
    time_zone text not null,
    constraint pk_rebuilds primary key (dossier_id, read_model)
);

create table relations (
    dossier_id text collate "C" not null,
    generation integer not null,
    claim_id text collate "C" not null,
    relation text collate "C" not null,
    to_claim text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    constraint pk_relations primary key (dossier_id, generation, claim_id, relation, to_claim, from_position)
);

create index relations_to on relations (dossier_id, generation, to_claim);

create table reports (
    dossier_id text collate "C" not null,
    generation integer not null,
    report_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    recorded_position bigint not null,
    details text not null,
    published_earliest bigint not null,
    published_latest bigint not null,
    withdrawn text,
    withdrawn_in text,
    withdrawn_earliest bigint,
    withdrawn_latest bigint,
    discredited_because text,
    retracted boolean not null,
    constraint pk_reports primary key (dossier_id, generation, report_id, from_position)
);

create table retired_builds (
    dossier_id text collate "C" not null,
    read_model text collate "C" not null,
    generation integer not null,
    retired_at timestamp with time zone default now() not null,
    constraint pk_retired_builds primary key (dossier_id, read_model, generation)
);

create table sources (
    dossier_id text collate "C" not null,
    generation integer not null,
    source_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    recorded_position bigint not null,
    details text not null,
    reliability text,
    graded_because text,
    retracted boolean not null,
    constraint pk_sources primary key (dossier_id, generation, source_id, from_position)
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
    reason text,
    content text not null,
    kind text collate "C" not null,
    measure text collate "C",
    place_id text collate "C",
    claimant_id text collate "C",
    actors text[] not null,
    earliest_start bigint,
    latest_start bigint,
    earliest_end bigint,
    latest_end bigint,
    figure text collate "C",
    constraint pk_statements primary key (dossier_id, generation, claim_id, number, from_position)
);

create index statements_by_place on statements (dossier_id, generation, place_id, recorded_position);

create index statements_by_report on statements (dossier_id, generation, report_id, figure);

create index statements_in_order on statements (dossier_id, generation, recorded_position);
