"""Commands for whoever manages who may come in: users, programs and their tokens."""

from typing import Annotated, Any, Literal

import typer

from interfaces.cli.account import moment
from interfaces.cli.client import Client, path_of
from interfaces.cli.languages import Commands
from interfaces.cli.operate import DataDir, local_principal, local_token
from interfaces.cli.output import Failed, paragraph, print_json, say, tell
from interfaces.cli.reading import AsJson
from interfaces.cli.table import Table
from interfaces.messages.words import clean, counted

Kind = Literal["user", "program"]
Local = Annotated[bool, typer.Option("--local", help="Straight in the database: for the first of an installation.")]
Whose = Annotated[str | None, typer.Option("--of", metavar="WHO", help="A user or a program, by name or id.")]


def add_to(app: typer.Typer) -> None:
    group = "People and programs"
    app.command(rich_help_panel=group)(whoami)
    for kind, people in (("user", users), ("program", programs)):
        app.add_typer(people, name=kind, rich_help_panel=group)
    app.add_typer(tokens, name="token", rich_help_panel=group)


def _typer(about: str, *examples: str) -> typer.Typer:
    shown = "\n\n".join(f"    {example}" for example in examples)
    return typer.Typer(cls=Commands, no_args_is_help=True, help=f"{about}\n\nExamples:\n\n{shown}")


users = _typer(
    "People who use this Kroniek: make, list and let go.", 'kroniek user create "Anna de Vries"', "kroniek user list"
)
programs = _typer(
    "Programs that use this Kroniek: make, list and let go.",
    'kroniek program create "Nightly import"',
    "kroniek program list",
)
tokens = _typer(
    "Make, list and revoke the tokens that writing needs.",
    "kroniek token create laptop",
    'kroniek token create first --of "Anna de Vries"',
    "kroniek token list",
)


def whoami(as_json: AsJson = False) -> None:
    """Say who you are to this Kroniek, and until when.

    Example:

        kroniek whoami
    """
    client = Client()
    me = client.get("/me")
    own = client.get("/tokens", principal=me["principal"])["items"]
    token = next(one for one in own if one["id"] == me["token_id"])
    if as_json:
        print_json({**me, "token": token})
        return
    reached = f"  {clean(me['email'])}" if me["email"] else ""
    say(clean(me["name"]), (f"  {me['kind']} {me['principal']}{reached}", "dim"))
    for one in me["roles"]:
        ends = f" until {moment(one['until'])}" if one["until"] else ""
        say(f"{one['role']} in {one['dossier'] or 'all dossiers'}{ends}")
    if not me["roles"]:
        say("No role in any dossier yet: an admin grants one with `kroniek grant give`.")
    until = f"until {moment(token['expires_at'])}" if token["expires_at"] else "until it is revoked"
    carries = _carries(token)
    paragraph(f"at {client.url}, with the token {clean(token['name'])} ({token['id']}), which holds {until}{carries}")


def _carries(token: dict[str, Any]) -> str:
    """What a token is narrowed to."""
    roles, dossiers = token["roles"], token["dossiers"]
    narrowed = [" and ".join(roles)] if roles else []
    narrowed += [f"in {' and '.join(dossiers)}"] if dossiers else []
    return f"; it carries no more than {' '.join(narrowed)}" if narrowed else ""


def _create(kind: Kind, name: str, email: str | None, *, local: bool, data_dir: Any) -> None:
    if local:
        principal = local_principal(kind, name, email, data_dir)
    else:
        principal = Client().post("/principals", {"kind": kind, "name": name, "email": email})["principal"]
    say(principal)
    further = " --local" if local else ""
    tell((f"for {clean(name)}; a token for them: kroniek token create first --of {principal}{further}", "dim"))
    tell((f"and what they may do: kroniek grant give reader --to {principal}{further}", "dim"))


@users.command("create")
def create_user(
    name: Annotated[str, typer.Argument(help="What they are called; shown beside what they write.")],
    email: Annotated[str | None, typer.Option(help="Where they are reached.")] = None,
    local: Local = False,
    data_dir: DataDir = None,
) -> None:
    """Make a user, and print their id.

    Examples:

        kroniek user create "Anna de Vries" --email anna@example.org

        KRONIEK_DATABASE_URL=... kroniek user create "Anna de Vries" --local
    """
    _create("user", name, email, local=local, data_dir=data_dir)


@programs.command("create")
def create_program(
    name: Annotated[str, typer.Argument(help="What it is called; shown beside what it writes.")],
    local: Local = False,
    data_dir: DataDir = None,
) -> None:
    """Make a program, and print its id.

    Example:

        kroniek program create "Nightly import"
    """
    _create("program", name, None, local=local, data_dir=data_dir)


@users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the users, those that were let go too.

    Example:

        kroniek user list
    """
    _list("user", as_json=as_json)


@programs.command("list")
def list_programs(as_json: AsJson = False) -> None:
    """List the programs, those that were let go too.

    Example:

        kroniek program list
    """
    _list("program", as_json=as_json)


def _list(kind: Kind, *, as_json: bool) -> None:
    found = [one for one in Client().all("/principals") if one["kind"] == kind]
    if as_json:
        for one in found:
            print_json(one)
        return
    table = Table(kind, "name", "email", "since", "let go")
    for one in found:
        gone = _day(one["ended_at"]) if one["ended_at"] else ""
        table.add_row(one["principal"], clean(one["name"]), clean(one["email"] or ""), _day(one["made_at"]), gone)
    table.print()


@users.command("end")
def end_user(who: Annotated[str, typer.Argument(metavar="WHO", help="A user, by name or id.")]) -> None:
    """Let a user go. Their tokens are revoked; what they wrote stays, under their name.

    Example:

        kroniek user end "Anna de Vries"
    """
    _end(who)


@programs.command("end")
def end_program(who: Annotated[str, typer.Argument(metavar="WHO", help="A program, by name or id.")]) -> None:
    """Let a program go. Its tokens are revoked; what it wrote stays, under its name.

    Example:

        kroniek program end "Nightly import"
    """
    _end(who)


def _end(who: str) -> None:
    client = Client()
    one = principal_of(client, who)
    client.delete(path_of("principals", one["principal"]))
    say(f"{clean(one['name'])} ({one['principal']}) signs nothing more.")


def principal_of(client: Client, who: str) -> dict[str, Any]:
    """A user or a program, by what it is called or by its id.

    Raises:
        Failed: there is none.
    """
    called: list[dict[str, Any]] = client.get("/principals", name=who)["items"]
    return called[0] if called else dict(client.get(path_of("principals", who)))


@tokens.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="What it is for: laptop, nightly import.")],
    whose: Whose = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3_660, help="For how many days it holds; 90 if left out.")
    ] = None,
    no_end: Annotated[bool, typer.Option("--no-end", help="It holds until it is revoked.")] = False,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="It carries this of what its holder may, and no more; several.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="DOSSIER", help="It opens this dossier alone; several.")
    ] = None,
    local: Local = False,
    data_dir: DataDir = None,
) -> None:
    """Make a token, of yourself or of another, and print it, once.

    Examples:

        kroniek token create laptop

        kroniek token create first --of "Anna de Vries" --days 7

        kroniek token create "nightly import" --role recorder --only hajin-baghouz

        KRONIEK_DATABASE_URL=... kroniek token create first --of "Anna de Vries" --local
    """
    if no_end and days is not None:
        raise Failed("--no-end and --days exclude each other.", 2)
    # How long one holds of which nothing is said is not ours to say.
    holds: dict[str, Any] = {"days": None} if no_end else {"days": days} if days is not None else {}
    holds |= {"roles": role} if role else {}
    holds |= {"dossiers": only} if only else {}
    if local:
        if whose is None:
            raise Failed("--local needs --of: whose token it is.", 2)
        made = local_token(whose, {"name": name, **holds}, data_dir)
    else:
        client = Client()
        of = {} if whose is None else {"principal": principal_of(client, whose)["principal"]}
        made = client.post("/tokens", {"name": name, **holds, **of})
    say(made["token"])
    until = f"until {_day(made['expires_at'])}" if made["expires_at"] else "until it is revoked"
    tell((f"{clean(name)} ({made['id']}), {until}; it is not shown again", "dim"))


@tokens.command("list")
def list_tokens(
    whose: Whose = None,
    every: Annotated[bool, typer.Option("--all", help="Everybody's.")] = False,
    as_json: AsJson = False,
) -> None:
    """List your tokens, or another's, or all; those that hold no more too.

    Examples:

        kroniek token list

        kroniek token list --of "Anna de Vries"

        kroniek token list --all
    """
    client = Client()
    if every:
        items = client.get("/tokens")["items"]
    else:
        principal = client.get("/me")["principal"] if whose is None else principal_of(client, whose)["principal"]
        items = client.get("/tokens", principal=principal)["items"]
    if as_json:
        for item in items:
            print_json(item)
        return
    names = {one["principal"]: clean(one["name"]) for one in client.all("/principals")} if every else {}
    table = Table("token", "name", *(["of"] if every else []), "holds until", "last used")
    for item in items:
        of = [names.get(item["principal"], item["principal"])] if every else []
        used = f"{item['used_on']} {item['used_from'] or ''}".strip() if item["used_on"] else ""
        table.add_row(item["id"], clean(item["name"]), *of, _holds_until(item), used)
    table.print()


def _holds_until(token: dict[str, Any]) -> str:
    if token["revoked_at"]:
        return f"revoked {_day(token['revoked_at'])}"
    return _day(token["expires_at"]) if token["expires_at"] else "no end"


def _day(moment_text: str) -> str:
    """That of a moment, in UTC."""
    return moment_text[:10]


@tokens.command("revoke")
def revoke_token(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="By its id, or one of your own by its name.")],
    alone: Annotated[bool, typer.Option("--alone", help="Those that were made with it go on.")] = False,
) -> None:
    """Revoke a token, and those that were made with it. What was written with them stays.

    Examples:

        kroniek token revoke laptop

        kroniek token revoke t-5f0c1d2e3a4b --alone
    """
    client = Client()
    own = client.get("/tokens", principal=client.get("/me")["principal"])["items"]
    named = {one["name"]: one["id"] for one in own if not one["revoked_at"]}
    id_ = named.get(token, token)
    done = client.delete(path_of("tokens", id_), alone=alone)["revoked"]
    with_it = f", and {counted(done - 1, 'token')} that had been made with it" if done > 1 else ""
    say(f"{id_} opens nothing more{with_it}.")
