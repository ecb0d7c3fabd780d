-- The last day on which a report may have come out: on it an open end of what it says is closed.

alter table reports add column last_day_begins bigint, add column last_day_ends bigint;
