"""Commands for whoever says who may do what: grant a role, list what is granted, take it back."""

from typing import Annotated, Any

import typer

from domain.roles import ANYONE, Role
from interfaces.cli.client import Client, path_of
from interfaces.cli.languages import Commands
from interfaces.cli.operate import DataDir, local_grant
from interfaces.cli.output import Failed, print_json, say, tell
from interfaces.cli.people import principal_of
from interfaces.cli.reading import AsJson, AsOf, Dossier, dossier_of
from interfaces.cli.table import Table
from interfaces.messages.words import clean

Everywhere = Annotated[bool, typer.Option("--everywhere", help="In all dossiers, those to come too.")]
Because = Annotated[str | None, typer.Option("--because", help="Why; it stays in the log.")]

grants = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    help="Say who may do what: grant roles, list them, take them back.\n\n"
    "A reader reads what is public; an analyst what is restricted too; a recorder files, records, corrects and "
    "revises; an editor also retracts, reinstates, grades, merges and assesses; an auditor reads everything and sees "
    "what is granted; an admin grants and sees to the dossier. Roles add up.\n\nExamples:\n\n"
    '    kroniek grant give editor --to "Anna de Vries" --dossier hajin-baghouz\n\n'
    "    kroniek grant list",
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(grants, name="grant", rich_help_panel="People and programs")


@grants.command("give")
def give_grant(
    role: Annotated[Role, typer.Argument(help="reader, analyst, recorder, editor, auditor or admin.")],
    to: Annotated[str, typer.Option("--to", metavar="WHO", help="A user or a program, by name or id; or `anyone`.")],
    dossier: Dossier = None,
    everywhere: Everywhere = False,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Over by itself then: a moment, or a day, at its end (UTC).")
    ] = None,
    because: Because = None,
    local: Annotated[bool, typer.Option("--local", help="Straight in the database: for the first admin.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Grant a role in a dossier, or in all.

    `--to anyone` lets a dossier be read without a token.

    Examples:

        kroniek grant give recorder --to "Nightly import" --dossier hajin-baghouz

        kroniek grant give analyst --to "Anna de Vries" --until 2027-01-31 --because "Visits us in January"

        KRONIEK_DATABASE_URL=... kroniek grant give admin --to "Anna de Vries" --everywhere --local
    """
    asked = {"role": role, "reason": because, "until": until}
    if everywhere and dossier is not None:
        raise Failed("--everywhere and --dossier exclude each other.", 2)
    if local:
        if dossier is None and not everywhere:
            raise Failed("--local needs --dossier or --everywhere.", 2)
        made = local_grant(None if everywhere else dossier, to, asked, data_dir)
    else:
        client = Client()
        holder = ANYONE if to == ANYONE else principal_of(client, to)["principal"]
        made = client.post(_address(client, dossier, everywhere=everywhere), {**asked, "holder": holder})
    say(made["id"])
    told = f"{_who(made)} is {_article(made['role'])} {made['role']} {_where(made)}{_until(made)}"
    tell((told, "dim"))


@grants.command("list")
def list_grants(
    dossier: Dossier = None,
    everywhere: Everywhere = False,
    as_of: AsOf = None,
    role: Annotated[Role | None, typer.Option(help="Only those of this role.")] = None,
    over: Annotated[bool, typer.Option("--over", help="Those too that are over.")] = False,
    as_json: AsJson = False,
) -> None:
    """List who may do what in a dossier, or who could on another day.

    Examples:

        kroniek grant list

        kroniek grant list --dossier hajin-baghouz --as-of 2026-11-28

        kroniek grant list --everywhere --over
    """
    client = Client()
    address = _address(client, dossier, everywhere=everywhere)
    found = list(client.all(address, as_of=as_of, role=role, over=True if over else None))
    if as_json:
        for one in found:
            print_json(one)
        return
    table = Table("grant", "role", "who", "where", "since", "until", "by", "because")
    for one in found:
        ended = f"taken back {one['revoked_at'][:10]}" if one["revoked_at"] else (one["until"] or "")[:10]
        by = clean(one["granted_by_name"] or one["granted_by"])
        where = one["dossier"] or "all dossiers"
        because = clean(one["revoked_because"] or one["reason"] or "")
        table.add_row(one["id"], one["role"], _who(one), where, one["granted_at"][:10], ended, by, because)
    table.print()


@grants.command("revoke")
def revoke_grant(
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="By its id, as `kroniek grant list` shows it.")],
    dossier: Dossier = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="One that is of all dossiers.")] = False,
    because: Because = None,
) -> None:
    """Take a role back. Within a second it lets nobody do anything any more.

    Examples:

        kroniek grant revoke g-5f0c1d2e3a4b --because "Left the desk"

        kroniek grant revoke g-5f0c1d2e3a4b --everywhere
    """
    client = Client()
    address = f"{_address(client, dossier, everywhere=everywhere)}/{path_of(grant).lstrip('/')}/revocations"
    done = client.post(address, {"reason": because})
    say(f"{_who(done)} is no longer {_article(done['role'])} {done['role']} {_where(done)} by {done['id']}.")


def _address(client: Client, dossier: str | None, *, everywhere: bool) -> str:
    if everywhere:
        if dossier is not None:
            raise Failed("--everywhere and --dossier exclude each other.", 2)
        return "/grants"
    return path_of("dossiers", dossier_of(client, dossier), "grants")


def _who(one: dict[str, Any]) -> str:
    return clean(one["holder_name"] or one["holder"])


def _where(one: dict[str, Any]) -> str:
    return f"in {one['dossier']}" if one["dossier"] else "in all dossiers"


def _until(one: dict[str, Any]) -> str:
    return f" until {one['until'][:16].replace('T', ' ')} UTC" if one["until"] else ""


def _article(role: str) -> str:
    return "an" if role[0] in "aeiou" else "a"
