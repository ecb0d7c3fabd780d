"""The format `kroniek/dossier@1`: a whole dossier in one file, and the commands that it stands for, in order."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from application.event_log import canonical
from domain import actor, assessment, claim, content, dossier, incident, person, place, report, source, when
from domain.actor import PartOf
from domain.claim import Credibility
from domain.fact import Changes, Value
from domain.fields import (
    ActorId,
    AssessmentId,
    ClaimId,
    Edtf,
    IncidentId,
    OneOrMany,
    PersonId,
    PlaceId,
    Reason,
    ReportId,
    Slug,
    SourceId,
)
from domain.membership import members
from domain.place import Within
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


class FigureEntry(FileEntry, claim.Relations, content.FigureGiven):
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


class PersonEntry(FileEntry, person.PersonDetails):
    id: Slug = Field(
        description="`per-` and 16 to 32 hexadecimal digits, drawn at random: an id is never erased, so it says nothing"
    )
    claims: OneOrMany[ClaimId] = Field((), description="those that name the person")


class AssessmentEntry(FileEntry, assessment.AssessmentDetails): ...


class SourceGrade(Value):
    """Admiralty: A completely reliable ... F cannot be judged; null takes a grade back."""

    source: SourceId
    reliability: Reliability | None
    reason: Reason


class ClaimGrade(Value):
    """Admiralty: 1 confirmed by other sources ... 6 cannot be judged; null takes a grade back."""

    claim: ClaimId
    credibility: Credibility | None
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


class ReportWithdrawn(Value):
    """Its publisher took it back: when, or in which later report."""

    report: ReportId
    change: Literal["withdrawn"]
    when: Edtf | None = None
    in_report: ReportId | None = None
    reason: Reason


class ReportMerged(Value):
    """It is the same published item as another, and goes on as that one."""

    report: ReportId
    change: Literal["merged"]
    into: ReportId
    reason: Reason


class ReportJudged(Value):
    """Its publisher never took it back; we do not rely on it, or do again; it is one of its own after all; we should
    never have filed it, or should have after all.
    """

    report: ReportId
    change: Literal["withdrawal_retracted", "discredited", "discrediting_lifted", "split", "retracted", "reinstated"]
    reason: Reason


class SourceMerged(Value):
    """It is the same as another, and goes on as that one."""

    source: SourceId
    change: Literal["merged"]
    into: SourceId
    reason: Reason


class SourceChange(Value):
    """It is one of its own after all; we should never have registered it, or should have after all."""

    source: SourceId
    change: Literal["split", "retracted", "reinstated"]
    reason: Reason


class ActorMerged(Value):
    """It is the same as another, and goes on as that one."""

    actor: ActorId
    change: Literal["merged"]
    into: ActorId
    reason: Reason


class ActorChange(Value):
    """It is one of its own after all; we should never have registered it, or should have after all."""

    actor: ActorId
    change: Literal["split", "retracted", "reinstated"]
    reason: Reason


class PlaceMerged(Value):
    """It is the same as another, and goes on as that one."""

    place: PlaceId
    change: Literal["merged"]
    into: PlaceId
    reason: Reason


class PlaceChange(Value):
    """It is one of its own after all; we should never have registered it, or should have after all."""

    place: PlaceId
    change: Literal["split", "retracted", "reinstated"]
    reason: Reason


class PersonMerged(Value):
    """It is the same person as another, and goes up in it."""

    person: PersonId
    change: Literal["merged"]
    into: PersonId
    reason: Reason


class PersonChange(Value):
    """It is somebody else after all; we should never have had them on the list, or should have after all."""

    person: PersonId
    change: Literal["split", "retracted", "reinstated"]
    reason: Reason


class IncidentMerged(Value):
    """It is the same happening as another, and goes up in it."""

    incident: IncidentId
    change: Literal["merged"]
    into: IncidentId
    reason: Reason


class IncidentChange(Value):
    """It is a happening of its own after all; we should never have opened it, or should have after all."""

    incident: IncidentId
    change: Literal["split", "retracted", "reinstated"]
    reason: Reason


class AssessmentChange(Value):
    """The desk does not stand by its finding any more, or does again."""

    assessment: AssessmentId
    change: Literal["withdrawn", "reinstated"]
    reason: Reason


ReportChange = Annotated[ReportWithdrawn | ReportMerged | ReportJudged, Field(discriminator="change")]


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
    persons: list[PersonEntry] = Field([], description="who was killed, injured, held or is missing")
    assessments: list[AssessmentEntry] = Field(
        [], description="the desk's own findings, on the record as the whole of this file leaves it"
    )
    source_grades: list[SourceGrade] = []
    grades: list[ClaimGrade] = []
    changes: list[Change] = Field([], description="what changed after it was first recorded, oldest first")
    report_changes: list[ReportChange] = Field([], description="what became of reports, oldest first")
    source_changes: list[Annotated[SourceMerged | SourceChange, Field(discriminator="change")]] = Field(
        [], description="what became of sources, oldest first"
    )
    actor_changes: list[Annotated[ActorMerged | ActorChange, Field(discriminator="change")]] = Field(
        [], description="what became of actors, oldest first"
    )
    place_changes: list[Annotated[PlaceMerged | PlaceChange, Field(discriminator="change")]] = Field(
        [], description="what became of places, oldest first"
    )
    incident_changes: list[Annotated[IncidentMerged | IncidentChange, Field(discriminator="change")]] = Field(
        [], description="what became of incidents, oldest first"
    )
    person_changes: list[Annotated[PersonMerged | PersonChange, Field(discriminator="change")]] = Field(
        [], description="what became of entries on persons, oldest first"
    )
    assessment_changes: list[AssessmentChange] = Field([], description="what became of assessments, oldest first")


SECTIONS = tuple(name for name in DossierFile.model_fields if name not in ("format", "dossier"))
# The sections that hold items, and of which kind.
SECTION_KINDS: Mapping[str, str] = {
    "claims": "claim", "reports": "report", "sources": "source", "actors": "actor", "places": "place",
    "incidents": "incident", "persons": "person", "assessments": "assessment",
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
    for index in contents.entries["persons"]:
        yield "register_person", data["persons"][index], ("persons", index), {}
    for section, name, subject in (("source_grades", "grade_source", "source"), ("grades", "grade_claim", "claim")):
        for index in contents.entries[section]:
            yield name, _about(data[section][index], subject), (section, index), {"id": subject}
    for section in CHANGED:
        if section != "assessment_changes":
            yield from _changes(contents, section)
    # Last: what changed before the desk made up its mind did not move the basis of its finding.
    for index in contents.entries["assessments"]:
        yield "issue_assessment", data["assessments"][index], ("assessments", index), {}
    yield from _changes(contents, "assessment_changes")


def _changes(contents: Contents, section: str) -> Iterator[_Draft]:
    subject, named = CHANGED[section]
    for index, entry in contents.entries[section].items():
        given, fields = _about(contents.data[section][index], subject), {"id": subject}
        if "in_report" in given:
            given["report"], fields["report"] = given.pop("in_report"), "in_report"
        yield named[entry.change], given, (section, index), fields


def _about(given: Mapping[str, Any], subject: str) -> dict[str, Any]:
    rest = {name: value for name, value in given.items() if name not in (subject, "change")}
    return {"id": given[subject], **rest}


# Section, command, and the fields by which entries of a section name each other.
CREATED: tuple[tuple[str, str, Mapping[str, Callable[[Any], Collection[str]]]], ...] = (
    ("actors", "register_actor", {"part_of": lambda e: [one.actor for one in members(PartOf, e.part_of)]}),
    ("sources", "register_source", {}),
    (
        "places",
        "register_place",
        {
            "within": lambda e: [one.place for one in members(Within, e.within)],
            "areas": lambda e: [membership.area for membership in e.areas],
        },
    ),
    ("reports", "file_report", {"derived_from": lambda e: e.derived_from, "cited_in": lambda e: e.cited_in}),
)
# Section, the kind of item that its entries are about, and the command of each change.
CHANGED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "changes": (
        "claim",
        {
            "corrected": "correct_claim",
            "revised": "revise_claim",
            "withdrawn": "withdraw_claim",
            "statement_retracted": "retract_statement",
            "statement_reinstated": "reinstate_statement",
            "retracted": "retract_claim",
            "reinstated": "reinstate_claim",
        },
    ),
    "report_changes": (
        "report",
        {
            "withdrawn": "withdraw_report",
            "withdrawal_retracted": "retract_withdrawal",
            "discredited": "discredit_report",
            "discrediting_lifted": "lift_discrediting",
            "merged": "merge_report",
            "split": "split_report",
            "retracted": "retract_report",
            "reinstated": "reinstate_report",
        },
    ),
    "source_changes": (
        "source",
        {
            "merged": "merge_source",
            "split": "split_source",
            "retracted": "retract_source",
            "reinstated": "reinstate_source",
        },
    ),
    "actor_changes": (
        "actor",
        {
            "merged": "merge_actor",
            "split": "split_actor",
            "retracted": "retract_actor",
            "reinstated": "reinstate_actor",
        },
    ),
    "place_changes": (
        "place",
        {
            "merged": "merge_place",
            "split": "split_place",
            "retracted": "retract_place",
            "reinstated": "reinstate_place",
        },
    ),
    "incident_changes": (
        "incident",
        {
            "merged": "merge_incident",
            "split": "split_incident",
            "retracted": "retract_incident",
            "reinstated": "reinstate_incident",
        },
    ),
    "person_changes": (
        "person",
        {
            "merged": "merge_person",
            "split": "split_person",
            "retracted": "retract_person",
            "reinstated": "reinstate_person",
        },
    ),
    "assessment_changes": (
        "assessment",
        {"withdrawn": "withdraw_assessment", "reinstated": "reinstate_assessment"},
    ),
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
