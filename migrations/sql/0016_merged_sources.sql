-- Sources merge, as incidents do.

alter table sources add column merged_into text collate "C";
create index sources_merged on sources (dossier_id, generation) where merged_into is not null;
