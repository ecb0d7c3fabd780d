"""What the API answers, as models: lists, the items of a dossier, its claims, and what a write led to.

A field that a later server adds is kept (`model_extra`), so its answers can be read by this client too. Words of open
and closed lists are plain text here, for the same reason.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

# RFC 3339 in UTC, as text: what is told of may lie outside the years that `datetime` holds.
Instant = str
Number = int | float
T = TypeVar("T")


class Answer(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, defer_build=True)


class Clocks(Answer):
    at: Instant | None = None
    reported_by: Instant | None = None
    certainty: str | None = None
    # Why the read models of the dossier stand still: then there is more in the log than this answer knows of.
    stands_still: str | None = None


class Clocked(Clocks):
    """Position and clocks, by which an answer can be asked for again exactly."""

    position: int


class Position(Answer):
    position: int


class Content(Answer):
    """What a statement says: the fields of its `kind`, of which those that were left out hold nothing."""

    kind: str
    claimant: str | None = None
    via: list[str] = []
    place: str | None = None
    when: str | None = None
    said: str | None = None
    hedge: str | None = None
    inferred: list[str] = []
    rests_on: list[str] = []
    coded: dict[str, Number | str] | None = None
    original: str | None = None
    text: str | None = None
    note: str | None = None
    # Of a figure.
    measure: str | None = None
    unit: str | None = None
    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    qualifier: str | None = None
    magnitude: str | None = None
    subject: str | None = None
    group: str | None = None
    by: str | None = None
    cause: str | None = None
    # Of control (and `actor` of a statement).
    status: str | None = None
    actor: str | None = None
    against: str | None = None
    side: list[str] = []
    extent: str | None = None
    # Of an occurrence.
    type: str | None = None
    actors: dict[str, list[str]] = {}
    methods: list[str] = []
    # Of a statement.
    nature: str | None = None
    due: str | None = None


class Publication(Answer):
    """Between which instants a report came out, and whether that was inferred from what it says."""

    earliest: Instant | None
    latest: Instant | None
    inferred: bool


class ReportNamed(Answer):
    """A report where an answer mentions it."""

    label: str
    publisher: str | None
    published: str
    publication: Publication
    cited_in: list[str]
    discredited_because: str | None


class ReportOfClaim(ReportNamed):
    id: str
    withdrawn: bool


class Names(Answer):
    """What the items are called that an answer mentions, by their ids."""

    reports: dict[str, ReportNamed]
    sources: dict[str, str]
    actors: dict[str, str]
    places: dict[str, str]


class ClaimTold(Answer):
    """A claim where an answer rests on it."""

    content: Content
    report: str
    incident: str | None = None
    withdrawn: bool = False


class Item(Clocks):
    """An item of a dossier. `etag` is what a change is meant for: `send(command, if_match=item.etag)`.

    The items of a list have none: read the one that is to be changed.
    """

    id: str
    version: int
    etag: str | None = None
    # In a list the page has it.
    position: int | None = None


class DossierItem(Item):
    """`head` is the last position of its log; in the list of dossiers that is `position`."""

    title: str
    summary: str | None
    time_zone: str
    head: int | None = None


class Source(Item):
    name: str
    kind: str
    names: dict[str, str]
    speaks_for: str | None
    url: str | None
    note: str | None
    reliability: str | None
    graded_because: str | None
    retracted: bool
    recorded_position: int


class Actor(Item):
    name: str
    kind: str
    names: dict[str, str]
    part_of: str | None
    note: str | None
    retracted: bool
    recorded_position: int


class MembershipTold(Answer):
    area: str
    when: str | None


class Place(Item):
    name: str
    kind: str
    names: dict[str, str]
    within: str | None
    areas: list[MembershipTold]
    latitude: float | None
    longitude: float | None
    location_precision: int | None
    note: str | None
    retracted: bool
    recorded_position: int


class ReportWithdrawal(Answer):
    when: str | None
    report: str | None
    reason: str


class Report(Item):
    label: str
    published: str
    published_bounds: str | None
    publisher: str | None
    author: str | None
    language: str | None
    url: str | None
    derived_from: list[str]
    credits: list[str]
    cited_in: list[str]
    dataset: str | None
    edition: str | None
    note: str | None
    publication: Publication
    withdrawn: ReportWithdrawal | None
    discredited_because: str | None
    retracted: bool
    recorded_position: int


class ChangeOfWord(Answer):
    """What made the statement in force differ from the first one."""

    kind: str
    changed_by: str | None
    reason: str | None
    without_notice: bool = False


class Claim(Item):
    """A claim by the statement that was in force, with the report that it stood in."""

    status: str
    statement: int
    content: Content
    report: ReportOfClaim
    credibility: int | None
    graded_because: str | None
    relations: dict[str, list[str]]
    recorded_position: int
    # By `reported_by`: certain or possible; by `at`: certain, possible, no or undated.
    reported: str | None = None
    holds: str | None = None
    changed: ChangeOfWord | None = None
    retracted_because: str | None = None


class Incident(Item):
    """`claims` and `merged` hold what was merged into it too; `survivor` is where a merged one went."""

    title: str
    place: str | None
    when: str | None
    type: str | None
    note: str | None
    claims: list[str]
    merged: list[str]
    merged_into: str | None
    survivor: str
    recorded_position: int


class Move(Answer):
    """Something that happened to a claim that an assessment rests on."""

    position: int
    recorded_at: datetime
    type: str
    reason: str | None
    report: str | None


class Basis(Answer):
    claim: str
    moved: list[Move]


class MovedSince(Answer):
    position: int
    recorded_at: datetime


class Assessment(Item):
    topic: str | None
    place: str | None
    when: str | None
    finding: str
    grade: str
    claims: list[str]
    because: str
    same_origin: list[str]
    assessed_position: int
    withdrawn_because: str | None
    recorded_position: int
    basis: list[Basis]
    moved: bool
    moved_since: MovedSince | None


class Edition(Answer):
    edition: str | None
    report: str
    label: str
    publisher: str | None
    published: str
    publication: Publication
    note: str | None
    retracted: bool


class Dataset(Answer):
    id: str
    editions: list[Edition]


class Datasets(Clocked):
    items: list[Dataset]


class DatasetClaim(Answer):
    """What the last edition says of a claim. `ended`: it was dropped there."""

    id: str
    statement: int
    report: str
    ended: bool
    retracted: bool
    # As it is stored: words that may name a person are `{"value": text}`.
    content: dict[str, Any]


class FieldChange(Answer):
    field: str
    before: Any
    after: Any
    statement: int | None = None


class Entry(Answer):
    """One event of an item's account."""

    position: int
    version: int
    type: str
    recorded_at: datetime
    principal: str
    principal_name: str | None
    reason: str | None
    report: str | None
    changes: list[FieldChange]


class History(Clocked):
    """`next` is the cursor of the page after it: of a history that was asked for whole there is none."""

    id: str
    version: int
    etag: str | None = None
    items: list[Entry]
    next: str | None = None


class Page(Clocks, Generic[T]):
    """One page of a list. What its items mention is in `claims` and `names`, where the list tells of that."""

    items: list[T]
    next: str | None = None
    # Of a list of changes both pictures have theirs: `from_` and `to`.
    position: int | None = None
    rules: list[str] = []
    claims: dict[str, ClaimTold] = {}
    names: Names | None = None
    # Of a list of subscriptions: where the log ends.
    head: int | None = None
    from_: Clocked | None = Field(None, alias="from")
    to: Clocked | None = None


class Caution(Answer):
    """Something to look at twice; what was sent is recorded."""

    code: str
    message: str
    field: str


class Done(Answer):
    """Where a command ended.

    `changed` is False where the record already said so. `etag` is for the next change of the item.
    `repeated`: an earlier try of the same command had come through, and this is its answer.
    """

    id: str
    version: int
    etag: str | None = None
    position: int
    changed: bool
    repeated: bool = False
    warnings: list[Caution]


class DoneLine(Done):
    line: int


class BatchDone(Answer):
    position: int
    dry_run: bool
    items: list[DoneLine]
