-- Corrections are few among many first words: they are found without reading those.

create index events_after_the_first on events (dossier_id, position) where version > 1;
