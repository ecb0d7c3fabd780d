"""Commands that write: changes to a claim, and tokens."""

import json
from typing import Annotated, Any

import typer

from interfaces.cli.account import moment
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.operate import DataDir, local_token
from interfaces.cli.output import Failed, out, print_json, say, tell
from interfaces.cli.reading import AsJson, Dossier, dossier_of, names_of, table_of
from interfaces.messages import words
from interfaces.messages.words import Names, clean

Claim = Annotated[str, typer.Argument(help="The id of a claim.")]
Why = Annotated[str, typer.Option("--reason", "-r", help="Why, in a few words. It stays on the record.")]
Sets = Annotated[
    list[str],
    typer.Option("--set", "-s", metavar="FIELD=VALUE", help="A field's new value; nothing after = takes it away."),
]
Report = Annotated[str, typer.Option(help="The id of the report in which the source did so.")]
After = Annotated[int | None, typer.Option(help="The statement that it comes after; the last one if left out.")]
ChangedBy = Annotated[str | None, typer.Option(help="Who changed it: claimant, relay or publisher.")]
IfVersion = Annotated[
    int | None, typer.Option(help="Only if the claim is still at this version; the one just read if left out.")
]

tokens = typer.Typer(
    no_args_is_help=True,
    help="Make, list and revoke the tokens that writing needs.\n\nExamples:\n\n"
    '    kroniek token create "Anna de Vries"\n\n    kroniek token list',
)


def add_to(app: typer.Typer) -> None:
    group = "Record and correct"
    for command in (correct, revise, withdraw, retract, reinstate, grade):
        app.command(rich_help_panel=group)(command)
    app.add_typer(tokens, name="token", rich_help_panel=group)


def correct(
    claim: Claim,
    sets: Sets,
    reason: Why,
    statement: Annotated[int | None, typer.Option(help="The statement that was recorded wrongly.")] = None,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Correct our record: the report never said what we recorded.

    Values are JSON where they are, else text; nothing takes the field away.

    Examples:

        kroniek correct c314 --set measure=died --set note= --reason "Dead of cold were recorded as killed"

        kroniek correct c406 --set 'actors={"by": "coalition", "against": "is"}' --reason "Names only the coalition"
    """
    _change(claim, dossier, "corrections", if_version, set=_values(sets), reason=reason, statement=statement)


def revise(
    claim: Claim,
    report: Report,
    sets: Sets,
    reason: Annotated[str | None, typer.Option("--reason", "-r", help="Why the source changed it, if it says.")] = None,
    after: After = None,
    changed_by: ChangedBy = None,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Record that the source changed its word, in a later report. True from that report's publication on.

    Example:

        kroniek revise c207 --report ad-2018-12-20 --set best=3000 --changed-by publisher
    """
    _change(claim, dossier, "revisions", if_version, report=report, set=_values(sets), reason=reason, after=after,
            changed_by=changed_by)  # fmt: skip


def withdraw(
    claim: Claim,
    report: Report,
    reason: Why,
    after: After = None,
    changed_by: ChangedBy = None,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Record that the source took its word back, in a later report.

    Example:

        kroniek withdraw c207 --report ad-2018-12-20 --reason "The paper no longer stands by its figure"
    """
    _change(claim, dossier, "withdrawals", if_version, report=report, reason=reason, after=after,
            changed_by=changed_by)  # fmt: skip


def retract(
    claim: Claim,
    reason: Why,
    statement: Annotated[
        int | None, typer.Option(help="Only this statement of it: a revision or a withdrawal that was our mistake.")
    ] = None,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Retract a claim that we should never have recorded. It leaves the lists, and keeps its history.

    Examples:

        kroniek retract c118 --reason "Recorded twice: see c104"

        kroniek retract c207 --statement 2 --reason "The paper wrote of another town"
    """
    _change(claim, dossier, _of(statement, "retractions"), if_version, reason=reason, statement=statement)


def reinstate(
    claim: Claim,
    reason: Why,
    statement: Annotated[int | None, typer.Option(help="The statement of it that was retracted.")] = None,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Take a retraction back.

    Examples:

        kroniek reinstate c118 --reason "It is a claim of its own after all"

        kroniek reinstate c207 --statement 2 --reason "It was this town after all"
    """
    _change(claim, dossier, _of(statement, "reinstatements"), if_version, reason=reason, statement=statement)


def _of(statement: int | None, change: str) -> str:
    return change if statement is None else f"statement-{change}"


def grade(
    claim: Claim,
    credibility: Annotated[int, typer.Argument(min=1, max=6, help="1 confirmed by others ... 6 cannot be judged.")],
    reason: Why,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Grade how credible a claim is: our own judgement (Admiralty, 1 to 6).

    Example:

        kroniek grade c003 6 --reason "The report itself says that the number cannot be checked"
    """
    _change(claim, dossier, "grades", if_version, credibility=credibility, reason=reason)


def _change(claim: str, dossier: str | None, change: str, if_version: int | None, **body: Any) -> None:
    client = Client()
    name = dossier_of(client, dossier)
    history = path_of("dossiers", name, "claims", claim, "history")
    read = client.get(history, limit=1)
    if if_version not in (None, read["version"]):
        raise Failed(f"{claim} is at version {read['version']}, not {if_version} (`kroniek history {claim}`)")
    given = {key: value for key, value in body.items() if value is not None}
    try:
        answer = client.post(path_of("dossiers", name, "claims", claim, change), given, if_match=f'"{read["etag"]}"')
    except Refused as refused:
        if refused.code_name == "version_moved":
            refused.message += f" (`kroniek history {claim}`)"
        raise
    if not answer["changed"]:
        say(f"{claim}: nothing changed; the record says so already.")
        return
    (entry,) = client.get(history, min_position=answer["position"], order="newest", limit=1)["items"]
    names = names_of(client, name)
    say(f"{claim} is at version {answer['version']} (position {answer['position']}):")
    for line in _worded(entry, names):
        say(f"    {line}")
    for warning in answer["warnings"]:
        tell(("look twice: ", "yellow"), clean(warning["message"]))


def _worded(entry: Any, names: Names) -> list[str]:
    return list(words.changes(entry["changes"], names)) or [str(entry["type"]).replace(".", " ")]


def _values(sets: list[str]) -> dict[str, Any]:
    """`--set` as fields with values: JSON where it is, else text, null for nothing."""
    values: dict[str, Any] = {}
    for given in sets:
        name, equals, text = given.partition("=")
        if not equals or not name:
            raise Failed(f"--set takes FIELD=VALUE, not {given!r}", 2)
        if name in values:
            raise Failed(f"--set names {name} twice", 2)
        values[name] = _value(name, text)
    return values


def _value(name: str, text: str) -> Any:
    if not text:
        return None
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    # 2018 is a date, and `true` a word: the only numbers are those of an estimate.
    return text if isinstance(parsed, (int, float)) and not _holds_a_number(name) else parsed


def _holds_a_number(name: str) -> bool:
    from domain.estimate import Estimate, Number

    return name in Estimate.model_fields and Estimate.model_fields[name].annotation == Number | None


@tokens.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="Who holds it; shown beside what they write.")],
    local: Annotated[bool, typer.Option("--local", help="Straight in the database: for the first one.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Make a token, and print it, once.

    Examples:

        kroniek token create "Fact desk"

        KRONIEK_DATABASE_URL=... kroniek token create operator --local
    """
    if local:
        token, principal = local_token(name, data_dir)
    else:
        made = Client().post("/tokens", {"name": name})
        token, principal = made["token"], made["principal"]
    say(token)
    tell((f"for {clean(name)}, who writes as {principal}; it is not shown again", "dim"))


@tokens.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """List who holds tokens.

    Example:

        kroniek token list
    """
    items = Client().get("/tokens")["items"]
    if as_json:
        for item in items:
            print_json(item)
        return
    table = table_of("principal", "name", "made", "revoked")
    for item in items:
        revoked = moment(item["revoked_at"]) if item["revoked_at"] else ""
        table.add_row(item["principal"], clean(item["name"]), moment(item["created_at"]), revoked)
    out().print(table)


@tokens.command("revoke")
def revoke_token(
    holder: Annotated[str, typer.Argument(help="A principal, or the name of one, as `kroniek token list` shows them.")],
) -> None:
    """Take a principal's tokens back. What it wrote stays, under its name.

    Examples:

        kroniek token revoke p-5f0c1d2e3a4b

        kroniek token revoke "Fact desk"
    """
    client = Client()
    called = {item["principal"]: item["name"] for item in client.get("/tokens")["items"] if not item["revoked_at"]}
    meant = [one for one, name in called.items() if holder in (one, name)]
    if len(meant) > 1:
        several = f"{len(meant)} who hold tokens are called {holder!r}"
        raise Failed(f"{several}: {', '.join(meant)}. Name the one that you mean.")
    # Of nobody the server says so.
    principal = meant[0] if meant else holder
    client.delete(path_of("tokens", principal))
    say(f"{principal} ({clean(called[principal])}) writes no more.")
