-- Actors merge, as incidents and sources do.

alter table actors add column merged_into text collate "C";
create index actors_merged on actors (dossier_id, generation) where merged_into is not null;
