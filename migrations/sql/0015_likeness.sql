-- What makes two claims of a report alike is kept of occurrences too, and begins with what a figure counts. The workers
-- build it anew: the version of the read model went up.

alter table statements rename column figure to likeness;
