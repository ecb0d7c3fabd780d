"""What an edition changes: what its rows say against what the record holds of the dataset."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from application.formats.edition.named import Edition, Gazetteer
from application.formats.edition.rows import RowContent, RowWanted
from application.formats.edition.spellings import Details
from domain.checks import refusals
from domain.claim import Recording, content_of
from domain.content import AS_IT_WAS_SAID, CONTENTS
from domain.errors import DomainError
from domain.events import read_command
from domain.known import Known
from domain.sealable import plain
from domain.vocabulary import Vocabulary

CommandLine = dict[str, Any]

NO_INCIDENTS: Mapping[str, Mapping[str, Any]] = {}
# What a row gives of its incident.
_OPENED = ("title", "place", "when", "type")

# Where a content names one actor.
ROLES = ("subject", "by", "actor", "against")


@dataclass(frozen=True, slots=True)
class Present:
    """A claim of the dataset as the record holds it: its last statement in a report that was not retracted.

    Without one it was never `published`, and the last of all is held. `last`: whether no other comes after it. It does
    not stand where its report was retracted, or withdrawn, or is discredited; `follows` is the one that it comes after.
    `taken_back_in` are the reports of statements of it that the desk retracted.
    """

    report: str
    ended: bool
    retracted: bool
    content: RowContent
    statement: int = 1
    published: bool = True
    last: bool = True
    stands: bool = True
    follows: int | None = None
    taken_back_in: Collection[str] = ()

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Present":
        """From a line of the API."""
        content = plain(told["content"], *CONTENTS)
        # It follows from the dossier, and no row says it.
        content.pop("counted_as", None)
        return cls(
            told["report"], told["ended"], told["retracted"], content, told["statement"], told["published"],
            told["last"], told["stands"], told["follows"], told["statements_retracted_in"],
        )  # fmt: skip

    def says(self, content: RowContent) -> bool:
        """Whether it says so in a report that counts."""
        return self.stands and not self.ended and self.content == content

    def with_content(self, content: RowContent) -> "Present":
        return replace(self, content=content)

    @property
    def after(self) -> dict[str, int]:
        """What the next statement names as the one that it comes after, where that is not the last of all."""
        return {} if self.last else {"after": self.statement}


@dataclass(frozen=True, slots=True)
class Step:
    """Commands that are carried out together: those of one row, or the end of one claim that is not there any more."""

    row: int | None
    commands: Sequence[CommandLine]


@dataclass(slots=True)
class EditionDifference:
    """What has to be recorded, in steps, and what that comes to. `row` of a step is an index of the rows given."""

    steps: list[Step] = field(default_factory=list)
    new: int = 0
    revised: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    left_alone: int = 0
    again: int = 0
    incidents: int = 0

    @property
    def statements(self) -> int:
        return self.new + self.revised + self.withdrawn


def difference(
    rows: Sequence[RowWanted],
    present: Mapping[str, Present],
    edition: Edition,
    incidents: Mapping[str, Mapping[str, Any]] = NO_INCIDENTS,
) -> EditionDifference:
    """What to record so that the dataset's claims say what the rows say, as of this edition.

    What stands in this edition's own report already was recorded by an import of it, and what differs there since was
    corrected by the desk. A claim or statement that the desk retracted is left alone. What was last said in a report
    that was withdrawn or is discredited is said here. What was said in reports alone that were retracted since is said
    here first, and a claim of such is taken up again. `incidents` are those that are
    there of `incidents_asked`, as the API tells them.
    """
    found = EditionDifference()
    wanted: set[str] = set()
    for index, row in enumerate(rows):
        wanted.update(row.claims)
        commands = list(_row_commands(row, present, edition, incidents, found))
        if commands:
            found.steps.append(Step(index, commands))
    for claim_id, held in present.items():
        if claim_id in wanted or not held.published or (held.ended and (held.stands or held.follows is None)):
            continue
        if held.retracted or edition.report in held.taken_back_in:
            found.left_alone += 1
        elif held.report != edition.report:
            found.withdrawn += 1
            found.steps.append(Step(None, [_withdrawal(claim_id, held, edition)]))
    return found


def incidents_asked(rows: Sequence[RowWanted], present: Mapping[str, Present], edition: Edition) -> bool:
    """Whether rows that were there before have claims that are to be linked to their incidents."""
    before = {claim_id.rpartition("-")[0] for claim_id in present}
    return any(
        row.incident is not None
        and (_incident_of(row, edition) in before or not present.keys().isdisjoint(row.claims))
        and any(id_ not in present or not present[id_].published for id_ in row.claims)
        for row in rows
    )


def _incident_of(row: RowWanted, edition: Edition) -> str:
    return f"{edition.dataset}-{row.key}"


def _row_commands(
    row: RowWanted,
    present: Mapping[str, Present],
    edition: Edition,
    incidents: Mapping[str, Mapping[str, Any]],
    found: EditionDifference,
) -> Iterator[CommandLine]:
    new: list[str] = []
    again = 0
    for claim_id, content in row.claims.items():
        held = present.get(claim_id)
        if held is None:
            new.append(claim_id)
            yield {"command": "record_claim", "id": claim_id, "report": edition.report, **content}
        elif not held.published:
            again += 1
            if held.retracted:
                found.again += 1
                reason = f"In edition {edition.name}; taken back with a report that was retracted"
                yield {"command": "reinstate_claim", "id": claim_id, "reason": reason}
            yield _revision(claim_id, content, held, edition)
        elif held.retracted or edition.report in held.taken_back_in:
            found.left_alone += 1
        elif held.report == edition.report or held.says(content):
            found.unchanged += 1
        else:
            found.revised += 1
            yield _revision(claim_id, content, held, edition)
    found.new += len(new) + again
    if row.incident is None or not (new or again):
        return
    # While nothing of a row stands but what this edition says, its incident is only what a retracted one made of it.
    kept = any(held.published for id_ in row.claims if (held := present.get(id_)) is not None)
    yield from _incident(row, new, present, edition, incidents, kept=kept, found=found)


def _incident(
    row: RowWanted,
    new: list[str],
    present: Mapping[str, Present],
    edition: Edition,
    incidents: Mapping[str, Mapping[str, Any]],
    *,
    kept: bool,
    found: EditionDifference,
) -> Iterator[CommandLine]:
    assert row.incident is not None
    id_ = _incident_of(row, edition)
    there = incidents.get(id_)
    if there is None:
        found.incidents += 1
        linked = [each for each in row.claims if each not in present or not _stays_retracted(present[each])]
        yield {"command": "open_incident", "id": id_, **row.incident, "claims": linked}
        return
    if there["retracted"]:
        if kept:
            # By the desk: nothing is linked to it.
            return
        yield {"command": "reinstate_incident", "id": id_, "reason": f"In edition {edition.name}"}
    if not kept:
        before = {name: value for name in _OPENED if (value := there.get(name)) is not None}
        if differs := changes(before, row.incident):
            reason = f"As edition {edition.name} has it: the one that it was opened with was retracted"
            yield {"command": "describe_incident", "id": id_, "set": differs, "reason": reason}
    if new:
        yield {"command": "link_claims", "id": id_, "claims": new}


def _stays_retracted(held: Present) -> bool:
    return held.retracted and held.published


def _revision(claim_id: str, content: RowContent, held: Present, edition: Edition) -> CommandLine:
    return {
        "command": "revise_claim", "id": claim_id, "report": edition.report, **held.after,
        "set": {**_words(content), **changes(held.content, content)}, "changed_by": "claimant",
    }  # fmt: skip


def _words(content: RowContent) -> dict[str, Any]:
    """What falls away in a revision unless it is given anew: an edition says it in its own report."""
    return {name: content[name] for name in AS_IT_WAS_SAID if name in content}


def changes(before: RowContent, after: RowContent) -> dict[str, Any]:
    """The fields to set, None for one that goes."""
    return {name: after.get(name) for name in {**before, **after} if before.get(name) != after.get(name)}


def _withdrawal(claim_id: str, held: Present, edition: Edition) -> CommandLine:
    return {
        "command": "withdraw_claim",
        "id": claim_id,
        "report": edition.report,
        # What was dropped in an edition that does not count is dropped after the statement that was dropped there.
        **({"after": held.follows} if held.ended else held.after),
        "changed_by": "claimant",
        "without_notice": True,
        "reason": f"Not in edition {edition.name}",
    }


@dataclass(slots=True)
class NamedIds:
    """Ids of items by kind, as claims name them."""

    sources: set[str] = field(default_factory=set)
    actors: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    reports: set[str] = field(default_factory=set)

    def take(self, content: Mapping[str, Any]) -> None:
        """Everything that some fields of a content name."""
        if claimant := content.get("claimant"):
            self.sources.add(claimant)
        if place := content.get("place"):
            self.places.add(place)
        if rests_on := content.get("rests_on"):
            self.reports.update(rests_on)
        for role in ROLES:
            if actor := content.get(role):
                self.actors.add(actor)
        if actors := content.get("actors"):
            for each in actors.values():
                self.actors.update([each] if isinstance(each, str) else each)


def missing(steps: Iterable[Step], present: Iterable[Present], gazetteer: Gazetteer) -> NamedIds:
    """What new statements name, and those name in turn, that no statement of the dataset names already."""
    named, known = NamedIds(), NamedIds()
    for step in steps:
        for command in step.commands:
            named.take(command if command["command"] != "revise_claim" else command["set"])
    for held in present:
        known.take(held.content)
    for report in [*named.reports]:
        if publisher := gazetteer.reports.get(report, {}).get("publisher"):
            named.sources.add(publisher)
    for place in [*named.places]:
        while parent := gazetteer.places.get(place, {}).get("within"):
            named.places.add(parent)
            place = parent
    return NamedIds(
        named.sources,
        named.actors - known.actors,
        named.places - known.places,
        named.reports - known.reports,
    )


def creations(wanted: NamedIds, gazetteer: Gazetteer, there: NamedIds) -> tuple[list[CommandLine], list[CommandLine]]:
    """The commands that create what is not there: before the edition's report is filed, and after.

    Parents come before the places in them.
    """
    before = [
        *_created("register_source", wanted.sources, gazetteer.sources, there.sources),
        *_created("register_actor", wanted.actors, gazetteer.actors, there.actors),
        *_created("register_place", wanted.places, gazetteer.places, there.places),
    ]
    return before, list(_created("file_report", wanted.reports, gazetteer.reports, there.reports))


def _created(
    command: str, wanted: Collection[str], details: Mapping[str, Details], there: Collection[str]
) -> Iterator[CommandLine]:
    # The gazetteer is in the order in which rows named things, parents first.
    for id_, given in details.items():
        if id_ in wanted and id_ not in there:
            yield {"command": command, "id": id_, **given}


def line_of(command: CommandLine, edition: Edition) -> str:
    """A command as a line of a batch, under an id that follows from the edition and from what it says."""
    text = json.dumps(command, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(f"{edition.report}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return f'{text[:-1]},"command_id":"edition:{digest}"}}'


def refused(command: CommandLine, time_zone: str, vocabulary: Vocabulary) -> Iterator[DomainError]:
    """What the rules of the domain have against a command by itself, in a dossier with these words."""
    try:
        read = read_command(command)
    except DomainError as refusal:
        yield refusal
        return
    yield from refusals(read, time_zone=time_zone)
    if isinstance(read, Recording):
        try:
            content_of(read, Known({}, time_zone, vocabulary))
        except DomainError as refusal:
            yield refusal
