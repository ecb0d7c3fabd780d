-- Places merge, as sources and actors do.

alter table places add column merged_into text collate "C";
create index places_merged on places (dossier_id, generation) where merged_into is not null;
