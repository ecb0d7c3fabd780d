-- What a token may be used for at most: of all that its holder may, these roles, in these dossiers (null: all).

alter table tokens
    add column roles text[],
    add column dossiers text[];
