-- A log that is another one than before, as after a restore of a backup, begins an epoch: whoever is told of events is
-- told of it too. `home` is the database that it began in: in a copy, as a dump makes it, another one stands here than
-- the database is.
create table epochs (
    number integer generated always as identity,
    epoch text collate "C" not null default left(replace(gen_random_uuid()::text, '-', ''), 12),
    home text collate "C",
    begun_at timestamp with time zone not null default now(),
    because text,
    constraint pk_epochs primary key (number)
);

insert into epochs default values;
