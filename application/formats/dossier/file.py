"""The format `kroniek/dossier@1`: a whole dossier in one file, and the commands that it stands for, in order."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from application.event_log import canonical
from domain import actor, assessment, claim, content, dossier, incident, place, report, source, when
from domain.claim import Credibility
from domain.fact import Changes, Value
from domain.fields import ClaimId, OneOrMany, Reason, ReportId, Slug, SourceId
from domain.source import Reliability
from domain.statements import ChangedBy

FORMAT = "kroniek/dossier@1"

Path = tuple[str | int, ...]


class FileEntry(Value):
    id: Slug = Field(description="a slug of your own, unique for its kind in the dossier: it stands for this for good")


class DossierEntry(FileEntry, dossier.DossierDetails):
    time_zone: str | None = Field(None, description="an IANA name such as Asia/Damascus; days are UTC days without it")


class SourceEntry(FileEntry, source.SourceDetails): ...


class ActorEntry(FileEntry, actor.ActorDetails): ...


class PlaceEntry(FileEntry, place.PlaceDetails): ...


class ReportEntry(FileEntry, report.ReportDetails): ...


class FigureEntry(FileEntry, claim.Relations, content.Figure):
    report: ReportId


class ControlEntry(FileEntry, claim.Relations, content.Control):
    report: ReportId


class OccurrenceEntry(FileEntry, claim.Relations, content.Occurrence):
    report: ReportId


class StatementEntry(FileEntry, claim.Relations, content.Utterance):
    report: ReportId


ClaimEntry = Annotated[FigureEntry | ControlEntry | OccurrenceEntry | StatementEntry, Field(discriminator="kind")]


class IncidentEntry(FileEntry, incident.IncidentDetails):
    claims: OneOrMany[ClaimId] = ()


class AssessmentEntry(FileEntry, assessment.AssessmentDetails): ...


class SourceGrade(Value):
    """Admiralty: A completely reliable ... F cannot be judged."""

    source: SourceId
    reliability: Reliability
    reason: Reason


class ClaimGrade(Value):
    """Admiralty: 1 confirmed by other sources ... 6 cannot be judged."""

    claim: ClaimId
    credibility: Credibility
    reason: Reason


class Corrected(Value):
    """Our record was wrong: `set` is what the report really said, null for nothing."""

    claim: ClaimId
    change: Literal["corrected"]
    set: Changes
    statement: int | None = None
    reason: Reason


class Revised(Value):
    """The source changed its word, in a later report."""

    claim: ClaimId
    change: Literal["revised"]
    report: ReportId
    set: Changes
    after: int | None = None
    changed_by: ChangedBy | None = None
    reason: Reason | None = None


class Withdrawn(Value):
    """The source took its word back, in a later report."""

    claim: ClaimId
    change: Literal["withdrawn"]
    report: ReportId
    after: int | None = None
    changed_by: ChangedBy | None = None
    reason: Reason


class StatementRetracted(Value):
    """Our record was wrong: a revision or a withdrawal that no report ever made."""

    claim: ClaimId
    change: Literal["statement_retracted"]
    statement: int
    reason: Reason


class StatementReinstated(Value):
    claim: ClaimId
    change: Literal["statement_reinstated"]
    statement: int
    reason: Reason


class RetractedEntry(Value):
    """We should never have recorded it."""

    claim: ClaimId
    change: Literal["retracted"]
    reason: Reason


class Reinstated(Value):
    claim: ClaimId
    change: Literal["reinstated"]
    reason: Reason


Change = Annotated[
    Corrected | Revised | Withdrawn | StatementRetracted | StatementReinstated | RetractedEntry | Reinstated,
    Field(discriminator="change"),
]


class DossierFile(Value):
    """A whole dossier in one file: what was reported, by whom, and what changed since it was first recorded."""

    format: Literal["kroniek/dossier@1"]
    dossier: DossierEntry
    actors: list[ActorEntry] = []
    places: list[PlaceEntry] = []
    sources: list[SourceEntry] = []
    reports: list[ReportEntry] = []
    claims: list[ClaimEntry] = []
    incidents: list[IncidentEntry] = Field([], description="happenings that several claims tell of")
    assessments: list[AssessmentEntry] = Field(
        [], description="the desk's own findings, on the record as the whole of this file leaves it"
    )
    source_grades: list[SourceGrade] = []
    grades: list[ClaimGrade] = []
    changes: list[Change] = Field([], description="what changed after it was first recorded, oldest first")


SECTIONS = tuple(name for name in DossierFile.model_fields if name not in ("format", "dossier"))
# The sections that hold items, and of which kind.
SECTION_KINDS: Mapping[str, str] = {
    "claims": "claim", "reports": "report", "sources": "source", "actors": "actor", "places": "place",
    "incidents": "incident", "assessments": "assessment",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file: the path of the value at fault, and of another one that it is about.

    `at_key` says that it is the name of the field, not its value.
    """

    path: Path
    message: str
    at_key: bool = False
    other: Path | None = None


@dataclass(frozen=True, slots=True)
class FileCommand:
    """One command of a file, as its JSON; `fields` tells where a field of the command stands in the entry."""

    given: Mapping[str, Any]
    command_id: str
    path: Path
    fields: Mapping[str, str] = field(default_factory=dict)

    def place(self, name: str) -> Path:
        """The path in the file of a field of the command."""
        first, *rest = name.split(".") if name else [""]
        parts = [self.fields.get(first, first), *rest] if first else []
        return (*self.path, *(int(part) if part.isdecimal() else part for part in parts))


@dataclass(slots=True)
class Contents:
    """What could be read of a file: its entries by section and index, and everything that is wrong with the rest."""

    data: Mapping[str, Any]
    dossier: DossierEntry | None = None
    entries: dict[str, dict[int, Any]] = field(default_factory=lambda: {section: {} for section in SECTIONS})
    faults: list[Fault] = field(default_factory=list)

    @property
    def time_zone(self) -> str:
        zone = self.dossier.time_zone if self.dossier else None
        return zone if zone is not None and when.time_zone_exists(zone) else "UTC"

    def leave_out_what_is_at_fault(self) -> None:
        for fault in self.faults:
            section, *rest = fault.path or ("",)
            if rest and section in self.entries and isinstance(rest[0], int):
                self.entries[str(section)].pop(rest[0], None)


def json_schema() -> dict[str, Any]:
    schema = DossierFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:kroniek:dossier:1", **schema}


def commands_of(contents: Contents, dossier_id: str | None = None) -> list[FileCommand]:
    """The commands that a file stands for, each after all that it names.

    Command ids follow from the file's own ids and from the content: the same file has the same ones, and an entry
    with other content is asked for anew, so that the dossier can say what differs.
    """
    made: Counter[str] = Counter()
    commands = []
    for name, given, path, fields in _drafts(contents, dossier_id):
        whole = {"command": name, **given}
        digest = hashlib.sha256(canonical(whole).encode()).hexdigest()[:16]
        command_id = f"import:{name}:{given['id']}:{digest}"
        made[command_id] += 1
        if made[command_id] > 1:
            # Retracted, reinstated and retracted again for the same reason.
            command_id += f":{made[command_id]}"
        commands.append(FileCommand(whole, command_id, path, fields))
    return commands


_Draft = tuple[str, Mapping[str, Any], Path, Mapping[str, str]]


def _drafts(contents: Contents, dossier_id: str | None) -> Iterator[_Draft]:
    data = contents.data
    if contents.dossier is not None:
        yield "open_dossier", {**data["dossier"], "id": dossier_id or contents.dossier.id}, ("dossier",), {}
    for section, name, links in CREATED:
        for index in _in_order(contents.entries[section], links):
            yield name, data[section][index], (section, index), {}
    for index in contents.entries["claims"]:
        alone = {k: v for k, v in data["claims"][index].items() if k not in claim.Relations.model_fields}
        yield "record_claim", alone, ("claims", index), {}
    for index, entry in contents.entries["claims"].items():
        for relation in claim.Relations.model_fields:
            if to := getattr(entry, relation):
                given = {"id": entry.id, "relation": relation, "to": to}
                yield "relate_claim", given, ("claims", index), {"to": relation, "relation": relation}
    for index in contents.entries["incidents"]:
        yield "open_incident", data["incidents"][index], ("incidents", index), {}
    for section, name, subject in (("source_grades", "grade_source", "source"), ("grades", "grade_claim", "claim")):
        for index in contents.entries[section]:
            yield name, _about(data[section][index], subject), (section, index), {"id": subject}
    for index, entry in contents.entries["changes"].items():
        yield CHANGED[entry.change], _about(data["changes"][index], "claim"), ("changes", index), {"id": "claim"}
    # Last: what changed before the desk made up its mind did not move the basis of its finding.
    for index in contents.entries["assessments"]:
        yield "issue_assessment", data["assessments"][index], ("assessments", index), {}


def _about(given: Mapping[str, Any], subject: str) -> dict[str, Any]:
    rest = {name: value for name, value in given.items() if name not in (subject, "change")}
    return {"id": given[subject], **rest}


# Section, command, and the fields by which entries of a section name each other.
CREATED: tuple[tuple[str, str, Mapping[str, Callable[[Any], Collection[str]]]], ...] = (
    ("actors", "register_actor", {"part_of": lambda e: [e.part_of] if e.part_of else []}),
    ("sources", "register_source", {}),
    (
        "places",
        "register_place",
        {
            "within": lambda e: [e.within] if e.within else [],
            "areas": lambda e: [membership.area for membership in e.areas],
        },
    ),
    ("reports", "file_report", {"derived_from": lambda e: e.derived_from, "cited_in": lambda e: e.cited_in}),
)
CHANGED = {
    "corrected": "correct_claim",
    "revised": "revise_claim",
    "withdrawn": "withdraw_claim",
    "statement_retracted": "retract_statement",
    "statement_reinstated": "reinstate_statement",
    "retracted": "retract_claim",
    "reinstated": "reinstate_claim",
}


def _in_order(entries: Mapping[int, Any], links: Mapping[str, Callable[[Any], Collection[str]]]) -> list[int]:
    """Indexes such that each entry comes after those it names, otherwise as they stand."""
    by_id = {entry.id: index for index, entry in entries.items()}
    order: dict[int, None] = {}
    under_way: set[int] = set()
    for first in entries:
        waiting = [first]
        while waiting:
            index = waiting[-1]
            under_way.add(index)
            named = (by_id.get(name) for names in links.values() for name in names(entries[index]))
            ahead = next((i for i in named if i is not None and i not in under_way), None)
            if ahead is not None:
                waiting.append(ahead)
            else:
                order.setdefault(waiting.pop())
    return list(order)
