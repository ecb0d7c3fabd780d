-- Incidents with the claims that tell of them, and assessments with the claims they rest on.

create table assessment_claims (
    dossier_id text collate "C" not null,
    generation integer not null,
    assessment_id text collate "C" not null,
    claim_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    same_origin boolean not null,
    constraint pk_assessment_claims primary key (dossier_id, generation, assessment_id, claim_id, from_position)
);

create index assessment_claims_by_claim on assessment_claims (dossier_id, generation, claim_id);

create table assessments (
    dossier_id text collate "C" not null,
    generation integer not null,
    assessment_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    recorded_position bigint not null,
    details text not null,
    assessed_position bigint not null,
    withdrawn_because text,
    grade text collate "C" not null,
    places text[] collate "C" not null,
    earliest bigint,
    latest bigint,
    constraint pk_assessments primary key (dossier_id, generation, assessment_id, from_position)
);

create index assessments_in_order on assessments (dossier_id, generation, recorded_position);

create table incident_claims (
    dossier_id text collate "C" not null,
    generation integer not null,
    incident_id text collate "C" not null,
    claim_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    constraint pk_incident_claims primary key (dossier_id, generation, incident_id, claim_id, from_position)
);

create index incident_claims_by_claim on incident_claims (dossier_id, generation, claim_id);

create table incidents (
    dossier_id text collate "C" not null,
    generation integer not null,
    incident_id text collate "C" not null,
    from_position bigint not null,
    to_position bigint not null,
    version integer not null,
    recorded_position bigint not null,
    details text not null,
    merged_into text collate "C",
    constraint pk_incidents primary key (dossier_id, generation, incident_id, from_position)
);

create index incidents_by_merged_into on incidents (dossier_id, generation, merged_into);

create index incidents_in_order on incidents (dossier_id, generation, recorded_position);
