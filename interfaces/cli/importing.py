"""`kroniek import`: a dossier file checked whole, then sent in batches, of which nothing is taken twice."""

import asyncio
import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from application.formats.dossier.check import check_commands, read_dossier
from application.formats.dossier.file import (
    CHANGED,
    SECTION_KINDS,
    Contents,
    DossierEntry,
    Fault,
    FileCommand,
    commands_of,
)
from application.formats.dossier.file import Path as PathInFile
from domain.fields import StreamRef, one_or_many
from domain.vocabulary import DECLARED
from interfaces.bootstrap import checking_executor
from interfaces.cli import located
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.files import read_file
from interfaces.cli.output import Failed, out
from interfaces.messages.words import clean, counted

LARGEST_FILE = 200_000_000
# Items that a file names and does not have: of so many the dossier is asked, one by one.
MOST_ASKED = 1_000
BATCH = 500
# The events that may have carried out a grade, a change or a relation of a file before.
CARRIED_OUT = (
    "source.graded",
    "claim.graded",
    "claim.related",
    "claim.corrected",
    "claim.revised",
    "claim.withdrawn",
    "claim.statement_retracted",
    "claim.statement_reinstated",
    "claim.retracted",
    "claim.reinstated",
    "report.withdrawn",
    "report.withdrawal_retracted",
    "report.discredited",
    "report.discrediting_lifted",
    *(
        f"{kind}.{what}"
        for kind in ("report", "source", "actor", "place", "incident", "person")
        for what in ("merged", "split", "retracted", "reinstated")
    ),
    "assessment.withdrawn",
    "assessment.reinstated",
)
# Of these an item and the reason tell which one it is.
_BY_REASON = {
    "correct_claim": "claim.corrected",
    "retract_claim": "claim.retracted",
    "reinstate_claim": "claim.reinstated",
    "retract_withdrawal": "report.withdrawal_retracted",
    "discredit_report": "report.discredited",
    "lift_discrediting": "report.discrediting_lifted",
    "retract_report": "report.retracted",
    "reinstate_report": "report.reinstated",
    "split_report": "report.split",
    "retract_source": "source.retracted",
    "reinstate_source": "source.reinstated",
    "split_source": "source.split",
    "retract_actor": "actor.retracted",
    "reinstate_actor": "actor.reinstated",
    "split_actor": "actor.split",
    "retract_place": "place.retracted",
    "split_place": "place.split",
    "reinstate_place": "place.reinstated",
    "split_incident": "incident.split",
    "retract_incident": "incident.retracted",
    "reinstate_incident": "incident.reinstated",
    "split_person": "person.split",
    "retract_person": "person.retracted",
    "reinstate_person": "person.reinstated",
    "withdraw_assessment": "assessment.withdrawn",
    "reinstate_assessment": "assessment.reinstated",
}

_ONE_OF = {"source_grades": "grade", "grades": "grade", **dict.fromkeys(CHANGED, "change")}


class FileAtFault(Failed):
    """What is wrong with a file, a line for each: `path:line:column: what`."""

    def __init__(self, path: Path, faults: Sequence[tuple[located.Spot, str]]) -> None:
        lines = [f"{path}:{spot.line}:{spot.column}: {message}" for spot, message in sorted(faults)]
        found = counted(len(lines), "error")
        super().__init__("\n".join([*lines, f"{found} in {path}; nothing was sent."]))


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be imported: its commands, in order, and where each stands."""

    path: Path
    dossier_id: str
    commands: Sequence[FileCommand]
    root: located.Located
    contents: Contents

    def spot(self, path: PathInFile) -> located.Spot:
        return self.root.at(path).spot

    def told(self) -> str:
        """How many of what there is in it."""
        many = Counter[str]()
        for section, entries in self.contents.entries.items():
            many[_ONE_OF.get(section) or SECTION_KINDS[section]] += len(entries)
        return ", ".join(
            counted(many[one], one) for one in dict.fromkeys((*SECTION_KINDS.values(), *many)) if many[one]
        )


@dataclass
class Sent:
    """What came of an import: how many commands changed something, and what the desk should look at twice."""

    new: int = 0
    there: int = 0
    position: int = 0
    warnings: list[str] = field(default_factory=list)


def check_file(path: Path, dossier_id: str | None = None, client: Client | None = None) -> CheckedFile:
    """Read a file and find everything that is wrong with it.

    What it names and does not have the dossier may have: `client` asks it, where there is one and it answers.

    Raises:
        FileAtFault: with each fault and its line.
    """
    text = _text_of(path)
    try:
        read = located.read(text, as_json=path.suffix == ".json")
    except located.Unreadable as unreadable:
        raise FileAtFault(path, [(unreadable.spot, unreadable.message)]) from None
    root = read.root

    def recorded(own_id: str, wanted: Collection[StreamRef]) -> Collection[StreamRef] | None:
        return None if client is None else _recorded(client, dossier_id or own_id, wanted)

    contents = read_dossier(root.plain(), lambda inner: root.at(inner).written, recorded)
    commands = commands_of(contents, dossier_id)
    named = dossier_id or (contents.dossier.id if contents.dossier else "unnamed")
    faults = [*contents.faults]
    known = {fault.path for fault in faults}
    refused = asyncio.run(check_commands(checking_executor(), named, commands))
    # What the file has against a value says which other was meant; that its command is refused as well says no more.
    faults += (fault for fault in refused if fault.path not in known)
    told = [
        (second, f"{key!r} stands twice in one entry; the first is on line {first.line}")
        for key, second, first in read.twice
    ] + [_place_and_words(root, fault) for fault in faults]
    if told:
        raise FileAtFault(path, told)
    return CheckedFile(path, named, commands, root, contents)


def _recorded(client: Client, dossier_id: str, wanted: Collection[StreamRef]) -> Collection[StreamRef] | None:
    """Those of some items that a dossier has; None where nobody can be asked, or there is no such dossier.

    Of so many that it is not asked of each, neither is anything told: nobody then says that it has not one of them.
    """
    if len(wanted) > MOST_ASKED:
        return None
    there = set()
    for stream in sorted(wanted):
        try:
            client.get(path_of("dossiers", dossier_id, f"{stream.kind}s", stream.id))
        except Refused as refused:
            if refused.code_name != "no_such_item":
                return None
        except Failed:
            return None
        else:
            there.add(stream)
    return there


def _text_of(path: Path) -> str:
    content = read_file(path, LARGEST_FILE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        whole = content[: error.start]
        spot = located.Spot(whole.count(b"\n") + 1, error.start - (whole.rfind(b"\n") + 1) + 1)
        raise FileAtFault(path, [(spot, "this is not UTF-8 text")]) from None


def _place_and_words(root: located.Located, fault: Fault) -> tuple[located.Spot, str]:
    node = root.at(fault.path)
    spot = node.key if fault.at_key and node.key else node.spot
    other = f" (the other is on line {root.at(fault.other).spot.line})" if fault.other else ""
    return spot, f"{_subject(root, fault.path)}{fault.message}{other}"


def _subject(root: located.Located, path: PathInFile) -> str:
    """Which entry and field a fault is about: `claim c108, best: `."""
    if len(path) < 2 or not isinstance(path[1], int):
        return f"{path[0]}.{path[1]}: " if len(path) > 1 else ""
    section, index, *rest = path[0], path[1], *path[2:]
    item = root.at((section, index)).value
    named = ("id", *dict.fromkeys(SECTION_KINDS.values()))
    name = next(filter(None, map(item.get, named)), None) if isinstance(item, dict) else None
    called = clean(name.value) if name is not None else f"number {index + 1}"
    fields = f", {'.'.join(map(str, rest))}" if rest else ""
    return f"{str(section).removesuffix('s').replace('_', ' ')} {called}{fields}: "


def send(client: Client, file: CheckedFile, *, batch_size: int = BATCH, bar: Progress | None = None) -> Sent:
    """Send what a dossier does not hold yet, in batches that are each taken whole or not at all.

    Raises:
        Failed: a batch was refused; those before it were taken.
    """
    sent = Sent()
    held = _carried_out(client, file.dossier_id)
    task = bar.add_task("sending", total=len(file.commands)) if bar else None
    wanted = []
    for command in file.commands:
        if held.take(command):
            sent.there += 1
        else:
            wanted.append(_as_opened(client, command) if command.given["command"] == "open_dossier" else command)
    if bar and task is not None:
        bar.advance(task, sent.there)
    for first in range(0, len(wanted), batch_size):
        batch = wanted[first : first + batch_size]
        _send_batch(client, file, batch, sent)
        if bar and task is not None:
            bar.advance(task, len(batch))
    if sent.new:
        client.await_shown(file.dossier_id, sent.position)
    return sent


def _as_opened(client: Client, command: FileCommand) -> FileCommand:
    """The opening of a dossier, which may be there: of words that it declares by now, as it was opened with them.

    So a file with words of its own goes into a dossier that declared the same ones since. What the file says nothing of
    is as it was opened too: a file that adds to a dossier need not repeat what that is called.
    """
    path = path_of("dossiers", command.given["id"])
    try:
        home = client.get(path)
    except Refused as refused:
        if refused.code_name != "no_such_dossier":
            raise
        return command
    (opened,) = client.get(f"{path}/events", after="0", type="dossier.opened", limit=1)["items"]
    given = command.given
    # Read by one model, what is left out of either is the same.
    mine, theirs = (
        DossierEntry.model_validate(
            {"id": given["id"], "title": given["title"], **{of: told.get(of) or {} for of in DECLARED}}
        )
        for told in (given, home)
    )
    if any(not getattr(mine, of).items() <= getattr(theirs, of).items() for of in DECLARED):
        return command
    details = {**opened["data"]["details"], "time_zone": opened["data"].get("time_zone")}
    kept = {name: value for name, value in given.items() if name not in DECLARED}
    left_out = {name: value for name, value in details.items() if name not in given and value is not None}
    return replace(command, given={**left_out, **kept, **{of: details[of] for of in DECLARED & details.keys()}})


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


def progress_bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=out(),
        transient=True,
        disable=not out().is_terminal,
    )


def _send_batch(client: Client, file: CheckedFile, batch: Sequence[FileCommand], sent: Sent) -> None:
    lines = [json.dumps({**command.given, "command_id": command.command_id}, ensure_ascii=False) for command in batch]
    try:
        answer = client.post_lines(path_of("dossiers", file.dossier_id, "batches"), lines)
    except Refused as refused:
        if "errors" not in refused.body:
            raise
        raise Failed(_refusal(file, batch, refused.body["errors"], sent)) from None
    sent.position = max(sent.position, answer["position"])
    for item in answer["items"]:
        if item["changed"] and not item["repeated"]:
            sent.new += 1
        else:
            sent.there += 1
        command = batch[item["line"] - 1]
        for warning in item["warnings"]:
            spot = file.spot(command.place(warning.get("field", "")))
            sent.warnings.append(f"{file.path}:{spot.line}: {_subject(file.root, command.path)}{warning['message']}")


def _refusal(file: CheckedFile, batch: Sequence[FileCommand], errors: Sequence[Any], sent: Sent) -> str:
    told = []
    for error in errors:
        command = batch[error["line"] - 1]
        place = command.place(str(error.get("pointer", "")).removeprefix("/").replace("/", "."))
        spot = file.spot(place)
        # What is there already names itself.
        subject = "" if error["code"] == "already_exists" else _subject(file.root, place)
        told.append(f"{file.path}:{spot.line}: {subject}{error['detail']}")
        for difference in error.get("differences", ()):
            where = file.spot(command.place(difference["field"])).line
            told.append(
                f"    {difference['field']} (line {where}): recorded {_value(difference['recorded'])}"
                f" | in the file {_value(difference['given'])}"
            )
    before = f"; {counted(sent.new, 'entry', 'entries')} before it went in" if sent.new else ""
    told.append(f"{counted(len(errors), 'entry', 'entries')} refused; nothing of this batch was taken{before}.")
    return "\n".join(told)


def _value(value: Any) -> str:
    if value is None or value in ([], {}):
        return "nothing"
    return clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


class _Key(NamedTuple):
    """What makes a grade, a change or a relation the same one: what it did to which item, and why."""

    type: str
    subject: str
    what: str


@dataclass
class _CarriedOut:
    """What the dossier's log holds of grades, changes and relations, by whomever."""

    counted: Counter[_Key]

    def take(self, command: FileCommand) -> bool:
        """Whether the log holds this already. One event answers for one command."""
        keys = list(keys_of(command))
        if not keys or any(self.counted[key] <= 0 for key in keys):
            return False
        for key in keys:
            # A relation stays; a retraction may be made, undone and made again.
            self.counted[key] -= key.type != "claim.related"
        return True


def _carried_out(client: Client, dossier_id: str) -> _CarriedOut:
    """Grades, changes and relations that somebody recorded before, this token or another.

    A colleague's import of the same file must not grade anew what the desk has graded otherwise since.
    """
    found: Counter[_Key] = Counter()
    after: str | None = "0"
    try:
        while after is not None:
            page = client.get(path_of("dossiers", dossier_id, "events"), after=after, type=CARRIED_OUT, limit=1000)
            for event in page["items"]:
                found.update(keys_of_event(event))
            after = page["next"]
    except Refused as refused:
        if refused.code_name != "no_such_dossier":
            raise
    return _CarriedOut(found)


def keys_of(command: FileCommand) -> Iterator[_Key]:
    """What a grade, a change or a relation does; nothing for what begins an item, whose id says whether it is there."""
    given, id_ = command.given, command.given["id"]
    match given["command"]:
        case "relate_claim":
            yield from (_related(id_, given["relation"], other) for other in one_or_many(given["to"]))
        case "grade_source":
            yield _Key("source.graded", f"source/{id_}", _what(given["reliability"], given["reason"]))
        case "grade_claim":
            yield _Key("claim.graded", f"claim/{id_}", _what(given["credibility"], given["reason"]))
        case "revise_claim":
            yield _Key("claim.revised", f"claim/{id_}", _what(given["report"], given.get("reason")))
        case "withdraw_claim":
            yield _Key("claim.withdrawn", f"claim/{id_}", _what(given["report"], given["reason"]))
        case "retract_statement":
            yield _Key("claim.statement_retracted", f"claim/{id_}", _what(given["statement"], given["reason"]))
        case "reinstate_statement":
            yield _Key("claim.statement_reinstated", f"claim/{id_}", _what(given["statement"], given["reason"]))
        case "withdraw_report":
            what = _what(given.get("when"), given.get("report"), given["reason"])
            yield _Key("report.withdrawn", f"report/{id_}", what)
        case (
            "merge_source" | "merge_actor" | "merge_place" | "merge_report" | "merge_incident" | "merge_person" as name
        ):
            kind = name.removeprefix("merge_")
            yield _Key(f"{kind}.merged", f"{kind}/{id_}", _what(given["into"], given["reason"]))
        case name if name in _BY_REASON:
            type_ = _BY_REASON[name]
            yield _Key(type_, f"{type_.partition('.')[0]}/{id_}", _what(given["reason"]))


def keys_of_event(event: Any) -> Iterator[_Key]:
    """The same of an event of one of the types of `CARRIED_OUT`, as the log tells it."""
    data, subject, kind = event["data"], event["subject"], event["type"]
    match kind:
        case "claim.related":
            if not data.get("removed"):
                yield from (_related(subject.removeprefix("claim/"), data["relation"], other) for other in data["to"])
        case "source.graded":
            yield _Key(kind, subject, _what(data["reliability"], data["reason"]))
        case "claim.graded":
            yield _Key(kind, subject, _what(data["credibility"], data["reason"]))
        case "claim.revised" | "claim.withdrawn":
            yield _Key(kind, subject, _what(data["report"], data.get("reason")))
        case "source.merged" | "actor.merged" | "place.merged" | "report.merged" | "incident.merged" | "person.merged":
            yield _Key(kind, subject, _what(data["into"], data["reason"]))
        case "report.withdrawn":
            yield _Key(kind, subject, _what(data.get("when"), data.get("report"), data["reason"]))
        case "claim.statement_retracted" | "claim.statement_reinstated":
            yield _Key(kind, subject, _what(data["statement"], data["reason"]))
        case _:
            yield _Key(kind, subject, _what(data["reason"]))


def _related(claim_id: str, relation: str, other: str) -> _Key:
    return _Key("claim.related", f"claim/{claim_id}", _what(relation, other))


def _what(*parts: Any) -> str:
    return json.dumps(parts, ensure_ascii=False)
