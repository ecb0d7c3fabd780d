-- Incidents that were retracted keep their links where nothing counts them.

alter table incidents add column retracted boolean not null default false;
alter table incidents add column kept_claims text[];
