-- Each share of a rebuild has a row and a position of its own, so that several workers fold it at once. A rebuild that
-- the earlier release left unfinished is thrown away: workers delete its rows.

alter table retired_builds add column beside integer;
alter table retired_builds add column differences text;

insert into retired_builds (dossier_id, read_model, generation, retired_at)
select dossier_id, read_model, generation, '-infinity' from rebuilds
on conflict do nothing;

drop table rebuilds;

create table rebuilds (
    dossier_id text collate "C" not null,
    read_model text collate "C" not null,
    share integer not null,
    shares integer not null,
    generation integer not null,
    version integer not null,
    switch boolean not null,
    position bigint not null,
    moved_at timestamp with time zone default now() not null,
    differences text,
    refused_position bigint,
    refused_because text,
    constraint pk_rebuilds primary key (dossier_id, read_model, share)
);
