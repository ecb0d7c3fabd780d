-- Statements of a claim that were retracted: they stand in no other table, so no question finds them.

create table retracted_statements (
    dossier_id text collate "C" not null,
    generation integer not null,
    claim_id text collate "C" not null,
    number integer not null,
    from_position bigint not null,
    to_position bigint not null,
    place integer not null,
    report_id text collate "C" not null,
    ended boolean not null,
    follows integer,
    own text[] not null,
    changed_by text,
    without_notice boolean not null,
    reason text,
    content text not null,
    retracted_because text not null,
    constraint pk_retracted_statements primary key (dossier_id, generation, claim_id, number, from_position)
);
