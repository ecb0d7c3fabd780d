-- A revision of an assessment is taken back, and it counts as assessed where it was before.

alter table assessments
    add column assessed_before bigint[] not null default '{}',
    add column assessed_no_more bigint[] not null default '{}';
