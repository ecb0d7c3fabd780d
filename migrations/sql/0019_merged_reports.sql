-- Reports merge, as sources, actors and places do.

alter table reports add column merged_into text collate "C";
create index reports_merged on reports (dossier_id, generation) where merged_into is not null;
