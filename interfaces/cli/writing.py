"""Commands that write: changes to claims and other items."""

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, get_args, get_origin

import typer

from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.output import Failed, paragraph, say, tell
from interfaces.cli.reading import Dossier, dossier_of, names_of
from interfaces.messages import words
from interfaces.messages.words import Names, clean

Item = Annotated[
    str, typer.Argument(metavar="[KIND/]ID", help="The id of a claim; of another item its kind before it: report/r1.")
]
LinkedItem = Annotated[
    str, typer.Argument(metavar="KIND/ID", help="The incident or the person: person/per-5f0c92ab4e1d7a30.")
]
Claims = Annotated[list[str], typer.Argument(metavar="CLAIM...", help="The ids of the claims.")]
Why = Annotated[str, typer.Option("--reason", "-r", help="Why, in a few words. It stays on the record.")]
Sets = Annotated[
    list[str],
    typer.Option("--set", "-s", metavar="FIELD=VALUE", help="A field's new value; nothing after = takes it away."),
]
After = Annotated[int | None, typer.Option(help="The statement that it comes after; the last one if left out.")]
ChangedBy = Annotated[str | None, typer.Option(help="Who changed it: claimant, relay or publisher.")]
IfVersion = Annotated[
    int | None, typer.Option(help="Only if it is still at this version; the one just read if left out.")
]


def add_to(app: typer.Typer) -> None:
    group = "Record and correct"
    commands = (correct, revise, withdraw, retract, reinstate, uphold, grade, discredit, merge, split, link, unlink)
    for command in commands:
        app.command(rich_help_panel=group)(command)


def correct(
    item: Item,
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

        kroniek correct person/per-5f0c92ab4e1d7a30 --set age=34 --reason "A digit was left out"

        kroniek correct incident/market-strike --set when=2018-12-17 --reason "It was the day before"
    """
    # What an incident is, the desk itself says.
    change = "descriptions" if item.startswith("incident/") else "corrections"
    _change(item, dossier, change, if_version, CORRECTABLE, set=_values(sets), reason=reason,
            statement=statement)  # fmt: skip


def revise(
    item: Annotated[
        str, typer.Argument(metavar="[assessment/]ID", help="The id of a claim, or of an assessment: assessment/hajin.")
    ],
    sets: Sets,
    report: Annotated[
        str | None, typer.Option(help="Of a claim: the id of the report in which the source did.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", "-r", help="Why the source changed it, if it says; why the desk did.")
    ] = None,
    after: After = None,
    changed_by: ChangedBy = None,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Record that the source changed its word, from the publication of a later report on, or the desk its finding.

    Examples:

        kroniek revise c207 --report ad-2018-12-20 --set best=3000 --changed-by publisher

        kroniek revise assessment/hajin --set grade=weak --reason "Its one witness was not there"
    """
    _change(item, dossier, "revisions", if_version, ("claim", "assessment"), report=report, set=_values(sets),
            reason=reason, after=after, changed_by=changed_by)  # fmt: skip


def withdraw(
    item: Item,
    reason: Why,
    report: Annotated[str | None, typer.Option(help="The id of the report in which it was taken back.")] = None,
    when: Annotated[str | None, typer.Option(help="Of a report: when its publisher took it back, if in none.")] = None,
    after: After = None,
    changed_by: ChangedBy = None,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Record that a source took its word back, a publisher its report, or the desk its finding.

    Examples:

        kroniek withdraw c207 --report ad-2018-12-20 --reason "The paper no longer stands by its figure"

        kroniek withdraw report/ad-2018-12-17 --when 2019-01 --reason "Gone from its site"

        kroniek withdraw assessment/hajin --reason "Overtaken by the count of March"
    """
    _change(item, dossier, "withdrawals", if_version, ("claim", "report", "assessment"), report=report, when=when,
            reason=reason, after=after, changed_by=changed_by)  # fmt: skip


def retract(
    item: Item,
    reason: Why,
    statement: Annotated[
        int | None, typer.Option(help="Only this statement of it: a revision or a withdrawal that was our mistake.")
    ] = None,
    withdrawal: Annotated[bool, typer.Option("--withdrawal", help="Only that a report was withdrawn.")] = False,
    revision: Annotated[bool, typer.Option("--revision", help="Only the last revision of an assessment.")] = False,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Retract what we should never have recorded. It leaves the lists, and keeps its history.

    Examples:

        kroniek retract c118 --reason "Recorded twice: see c104"

        kroniek retract c207 --statement 2 --reason "The paper wrote of another town"

        kroniek retract report/ad-2018-12-17 --withdrawal --reason "It had only moved"

        kroniek retract assessment/hajin --revision --reason "It was meant for another one"
    """
    _one_at_most({"--statement": statement is not None, "--withdrawal": withdrawal, "--revision": revision})
    if revision:
        _change(item, dossier, "revision-retractions", if_version, ("assessment",), reason=reason)
        return
    if withdrawal and item.rpartition("/")[0] in ("", "claim"):
        id_ = clean(item.rpartition("/")[2])
        raise Failed(
            f"that a claim was withdrawn is a statement of it: `kroniek history {id_}` shows which, "
            f"then `kroniek retract {id_} --statement N`",
            2,
        )
    if withdrawal:
        _change(item, dossier, "withdrawal-retractions", if_version, ("report",), reason=reason)
    else:
        _change(item, dossier, _of(statement, "retractions"), if_version, RETRACTABLE, reason=reason,
                statement=statement)  # fmt: skip


def reinstate(
    item: Item,
    reason: Why,
    statement: Annotated[int | None, typer.Option(help="The statement of it that was retracted.")] = None,
    revision: Annotated[bool, typer.Option("--revision", help="The revision of an assessment that was.")] = False,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Take a retraction back, or the withdrawal of an assessment.

    Examples:

        kroniek reinstate c118 --reason "It is a claim of its own after all"

        kroniek reinstate c207 --statement 2 --reason "It was this town after all"

        kroniek reinstate source/sohr --reason "It is not the same as sohr-2"

        kroniek reinstate assessment/hajin --revision --reason "It was meant for this one after all"
    """
    _one_at_most({"--statement": statement is not None, "--revision": revision})
    if revision:
        _change(item, dossier, "revision-reinstatements", if_version, ("assessment",), reason=reason)
        return
    _change(item, dossier, _of(statement, "reinstatements"), if_version, (*RETRACTABLE, "assessment"), reason=reason,
            statement=statement)  # fmt: skip


def uphold(
    item: Annotated[str, typer.Argument(metavar="[assessment/]ID", help="The id of an assessment.")],
    reason: Why,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Say that you looked at what the basis of an assessment did, and that the finding stands: our own judgement.

    Example:

        kroniek uphold hajin --reason "The count was mended; it still bears this out"
    """
    named = item if "/" in item else f"assessment/{item}"
    _change(named, dossier, "upholdings", if_version, ("assessment",), reason=reason)


def _one_at_most(given: Mapping[str, bool]) -> None:
    named = [option for option, is_given in given.items() if is_given]
    if len(named) > 1:
        raise Failed(f"{words.joined(named, 'and')} name different things: give one of them", 2)


def _of(statement: int | None, change: str) -> str:
    return change if statement is None else f"statement-{change}"


def grade(
    item: Annotated[str, typer.Argument(metavar="[source/]ID", help="The id of a claim, or of a source: source/sohr.")],
    grade: Annotated[
        str,
        typer.Argument(
            help="Of a claim 1 confirmed by others ... 6 cannot be judged, of a source A completely reliable ... "
            "F cannot be judged; none takes a grade back."
        ),
    ],
    reason: Why,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Grade how credible a claim is, or how reliable a source: our own judgement (Admiralty).

    Examples:

        kroniek grade c003 6 --reason "The report itself says that the number cannot be checked"

        kroniek grade source/sohr B --reason "A long record"

        kroniek grade c003 none --reason "That was of another claim"
    """
    from domain.claim import Credibility
    from domain.source import Reliability

    of_source = item.startswith("source/")
    scale = get_args(Reliability if of_source else Credibility)
    given = next((one for one in scale if str(one) == grade), None)
    if given is None and grade != "none":
        whose = "a source" if of_source else "a claim (a source is graded as source/ID)"
        raise Failed(f"a grade of {whose} is one of {', '.join(map(str, scale))}, or none, not {clean(grade)!r}", 2)
    _change(item, dossier, "grades", if_version, ("claim", "source"), reason=reason,
            **{"reliability" if of_source else "credibility": _NONE if given is None else given})  # fmt: skip


def discredit(
    report: Annotated[str, typer.Argument(help="The id of a report.")],
    reason: Why,
    lift: Annotated[bool, typer.Option("--lift", help="Rely on it again.")] = False,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Rely on a report no more: our own judgement. Its claims stay listed, and leave every combined figure.

    Examples:

        kroniek discredit ad-2018-12-17 --reason "Its author made it up"

        kroniek discredit ad-2018-12-17 --lift --reason "A second witness bears it out"
    """
    _change(f"report/{report}", dossier, "discrediting-liftings" if lift else "discreditings", if_version, ("report",),
            reason=reason)  # fmt: skip


def merge(
    item: Annotated[str, typer.Argument(metavar="KIND/ID", help="What goes up in the other: source/sohr-2.")],
    into: Annotated[str, typer.Argument(metavar="ID", help="The id of the other, which both go on as.")],
    reason: Why,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Find two items to be one: our own judgement. Both ids keep answering, and rules take the two as one.

    Examples:

        kroniek merge source/sohr-2 sohr --reason "The same monitor, in another spelling"

        kroniek merge incident/market-2 market --reason "Told of as two strikes; it was one"

        kroniek merge report/ad-2018-12-17-b ad-2018-12-17 --reason "The same article, filed twice"
    """
    _change(item, dossier, "merges", if_version, MERGEABLE, into=into.removeprefix(f"{item.partition('/')[0]}/"),
            reason=reason)  # fmt: skip


def split(
    item: Annotated[str, typer.Argument(metavar="KIND/ID", help="What was merged into another: source/sohr-2.")],
    reason: Why,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Take a merge back: it is one of its own after all.

    Example:

        kroniek split source/sohr-2 --reason "Another monitor, of the same town"
    """
    _change(item, dossier, "splits", if_version, MERGEABLE, reason=reason)


def link(
    item: LinkedItem,
    claims: Claims,
    reason: Annotated[str | None, typer.Option("--reason", "-r", help="Why; it stays on the record.")] = None,
    if_version: IfVersion = None,
    dossier: Dossier = None,
) -> None:
    """Find that claims tell of an incident, or name a person: our own judgement.

    Examples:

        kroniek link person/per-5f0c92ab4e1d7a30 c104 c118

        kroniek link incident/market-strike c104 --reason "Of the same hour and street"
    """
    _change(item, dossier, "links", if_version, LINKABLE, claims=claims, reason=reason)


def unlink(
    item: LinkedItem, claims: Claims, reason: Why, if_version: IfVersion = None, dossier: Dossier = None
) -> None:
    """Take claims out again: they do not tell of that incident, or name that person, after all.

    Example:

        kroniek unlink person/per-5f0c92ab4e1d7a30 c118 --reason "It names another of that name"
    """
    _change(item, dossier, "unlinkings", if_version, LINKABLE, claims=claims, reason=reason)


# What is sent as null, which else means that it is left out.
_NONE: Any = object()
CORRECTABLE = ("claim", "report", "source", "actor", "place", "incident", "person")
LINKABLE = ("incident", "person")
MERGEABLE = ("source", "actor", "place", "report", "incident", "person")
RETRACTABLE = ("claim", "report", "source", "actor", "place", "incident", "person")


def _change(
    item: str, dossier: str | None, change: str, if_version: int | None, kinds: Sequence[str] = ("claim",), **body: Any
) -> None:
    """Ask for a change of an item of one of some kinds; of a claim where none is named."""
    kind, slash, id_ = item.rpartition("/")
    kind = kind if slash else "claim"
    if not slash and kind not in kinds:
        ways = words.joined((f"{each}/{clean(id_)}" for each in kinds), "or")
        raise Failed(f"say which kind of item {clean(id_)!r} is: {ways}", 2)
    if kind not in kinds:
        raise Failed(f"this is said of {words.joined(kinds, 'or')}, not of {clean(kind)!r}", 2)
    client = Client()
    name = dossier_of(client, dossier)
    there = path_of("dossiers", name, f"{kind}s", id_)
    hint = f" (`kroniek history {clean(item)}`)"
    read = client.get(f"{there}/history", limit=1)
    there = path_of("dossiers", name, f"{kind}s", read["id"])
    if if_version not in (None, read["version"]):
        raise Failed(f"{item} is at version {read['version']}, not {if_version}{hint}")
    given = {key: None if value is _NONE else value for key, value in body.items() if value is not None}
    try:
        answer = client.post(f"{there}/{change}", given, if_match=f'"{read["etag"]}"')
    except Refused as refused:
        if refused.code_name == "version_moved":
            refused.message += hint
        if refused.code_name == "unknown_field":
            refused.message += _field_meant(kind, body.get("set") or {})
        if refused.code_name == "missing_field":
            refused.message = _option_needed(refused, body)
        if refused.code_name == "nothing_changes" and kind == "assessment":
            refused.message = (
                f"a revision changes something; what stands is upheld: `kroniek uphold {clean(read['id'])}`"
            )
        raise
    if not answer["changed"]:
        say(f"{item}: nothing changed; the record says so already.")
        return
    (entry,) = client.get(f"{there}/history", min_position=answer["position"], order="newest", limit=1)["items"]
    names = names_of(client, name)
    say(f"{item} is at version {answer['version']} (position {answer['position']}):")
    for line in _worded(entry, names):
        paragraph(line, indent=4)
    for warning in answer["warnings"]:
        tell(("look twice: ", "yellow"), clean(warning["message"]))


def _option_needed(refused: Refused, body: Mapping[str, Any]) -> str:
    """What is needed, as the command takes it."""
    field = str(refused.body.get("pointer", "")).removeprefix("/")
    return f"--{field.replace('_', '-')} is needed" if field in body else refused.message


def _field_meant(kind: str, sets: Mapping[str, Any]) -> str:
    """The field of that kind of item that is near to the one that is none."""
    fields = _fields_of(kind)
    near = (get_close_matches(name, fields, n=1) for name in sets if name not in fields)
    found = next(filter(None, near), None)
    return f"; did you mean {found[0]!r}?" if found else ""


def _fields_of(kind: str) -> set[str]:
    # Whoever asks for help needs none of them.
    from application.formats.dossier.file import DossierFile

    if kind == "claim":
        from domain.content import CONTENTS

        return {name for content in CONTENTS for name in content.model_fields}
    entry = get_args(DossierFile.model_fields[f"{kind}s"].annotation)[0]
    return set(entry.model_fields)


def _worded(entry: Any, names: Names) -> list[str]:
    item = names.put(f"some_{entry['type'].partition('.')[0]}")
    return list(words.changes(entry["changes"], names)) or [names.happened(entry["type"], item)]


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
    """Of an estimate, of where a place is, or of how old a person is."""
    from domain.estimate import Estimate
    from domain.person import PersonDetails
    from domain.place import PlaceDetails

    fields = Estimate.model_fields | PersonDetails.model_fields | PlaceDetails.model_fields
    return name in fields and _is_of_numbers(fields[name].annotation)


def _is_of_numbers(annotation: Any) -> bool:
    parts = get_args(annotation)
    return annotation in (int, float) or any(
        _is_of_numbers(part) for part in parts if get_origin(annotation) is not tuple
    )
