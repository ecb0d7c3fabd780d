-- The days on which a report may have come out, the first and the last: an open end of what it says is closed by them.

alter table reports add column first_day_begins bigint, add column last_day_ends bigint;
