-- Persons with what became of them, and the claims that name them.

create table person_claims (
    dossier_id text collate "C" not null,
    generation integer not null,
    person_id text collate "C" not null,
    claim_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    constraint pk_person_claims primary key (dossier_id, generation, person_id, claim_id, from_position)
);

create index person_claims_by_claim on person_claims (dossier_id, generation, claim_id);

create table person_fates (
    dossier_id text collate "C" not null,
    generation integer not null,
    person_id text collate "C" not null,
    number integer not null,
    from_position bigint not null,
    to_position bigint not null,
    fate text collate "C" not null,
    incident_id text collate "C",
    place_id text collate "C",
    constraint pk_person_fates primary key (dossier_id, generation, person_id, number, from_position)
);

create index person_fates_by_incident on person_fates (dossier_id, generation, incident_id);

create index person_fates_by_place on person_fates (dossier_id, generation, place_id);

create table persons (
    dossier_id text collate "C" not null,
    generation integer not null,
    person_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    recorded_position bigint not null,
    details text not null,
    merged_into text collate "C",
    retracted_because text,
    constraint pk_persons primary key (dossier_id, generation, person_id, from_position)
);

create index persons_by_merged_into on persons (dossier_id, generation, merged_into);

create index persons_in_order on persons (dossier_id, generation, recorded_position);
