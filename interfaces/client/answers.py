"""What the API answers, as models: lists, the items of a dossier, its claims, and what a write led to.

A field that a later server adds is kept (`model_extra`), so its answers can be read by this client too. Words of open
and closed lists are plain text here, for the same reason.
"""

from collections.abc import Mapping
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
    # Where a parameter had a name in the place of an id: by parameter and name, which id that is.
    named: Mapping[str, Mapping[str, str]] = {}
    # What narrowed the question, by parameter: then this is a part.
    filters: Mapping[str, str | list[str]] = {}


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
    dimensions: dict[str, str] = {}
    # Of a measure of the dossier's own: its `nature`, and whether it is counted one by one, `whole`.
    counted_as: dict[str, str | bool] | None = None
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


class WithdrawnIn(Answer):
    """The report that took a claim back: it did, also where the desk holds that report to be discredited."""

    id: str
    label: str
    published: str
    publication: Publication
    discredited_because: str | None = None


class Names(Answer):
    """What the items are called that an answer mentions, by their ids."""

    reports: dict[str, ReportNamed]
    sources: dict[str, str]
    actors: dict[str, str]
    places: dict[str, str]
    # Their titles.
    incidents: dict[str, str] = {}
    # By kind and word: the labels by language.
    words: dict[str, dict[str, dict[str, str]]]
    retracted: list[str]
    # By kind and id, of several that are called the same: coordinates or the id.
    apart: dict[str, dict[str, str]] = {}


class SaidBefore(Answer):
    """What a claim said before it was revised, and in which report."""

    content: Content
    report: str


class Gone(Answer):
    """Why that from which something is taken stands no more: the report, or a `claim` that said so there."""

    why: str
    # The one in which it was taken back or said otherwise; when that came out, or its publisher took it back.
    report: str | None = None
    when: str | None = None
    claim: str | None = None


class TakenFrom(Answer):
    """A `report` that something derives from or rests on, or a `source` that it credits: `how`."""

    how: str
    report: str | None = None
    published: str | None = None
    source: str | None = None
    gone: Gone | None = None


class ClaimTold(Answer):
    """A claim where an answer rests on it, with the report that says so, or said so before it was withdrawn."""

    content: Content
    report: str
    # Those that it tells of.
    incidents: list[str] = []
    # Of which either says that both may count the same, or that one holds instead of the other.
    overlaps: list[str] = []
    alternative_to: list[str] = []
    withdrawn: bool = False
    # The report that took it back, or, if none did, when its publisher did.
    withdrawn_in: str | None = None
    withdrawn_when: str | None = None
    # What it had said before, oldest first.
    earlier: list[SaidBefore] = []
    # What its report derives from and credits, and what it rests on.
    taken_from: list[TakenFrom] = []


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
    """`head` is the last position of its log; in the list of dossiers that is `position`. `open_to_anyone`: it is read
    without a token.
    """

    title: str
    summary: str | None
    # By word: the labels by language.
    group_labels: dict[str, dict[str, str]]
    cause_labels: dict[str, dict[str, str]]
    dimension_labels: dict[str, dict[str, str]]
    value_labels: dict[str, dict[str, str]]
    method_labels: dict[str, dict[str, str]]
    occurrence_types: dict[str, dict[str, str]]
    measures: dict[str, dict[str, Any]]
    units: dict[str, dict[str, Any]]
    time_zone: str
    head: int | None = None
    open_to_anyone: bool


class DatedNameTold(Answer):
    name: str
    when: str
    language: str | None


class Source(Item):
    name: str
    kind: str
    names: dict[str, str]
    dated_names: list[DatedNameTold]
    speaks_for: str | None
    url: str | None
    note: str | None
    reliability: str | None
    graded_because: str | None
    retracted: bool
    merged: list[str]
    merged_into: str | None
    survivor: str
    recorded_position: int


class PartOfTold(Answer):
    actor: str
    when: str | None


class Actor(Item):
    name: str
    kind: str
    names: dict[str, str]
    dated_names: list[DatedNameTold]
    # One always; or several, each with or without a date.
    part_of: str | list[PartOfTold] | None
    external_ids: dict[str, str]
    note: str | None
    retracted: bool
    merged: list[str]
    merged_into: str | None
    survivor: str
    recorded_position: int


class MembershipTold(Answer):
    area: str
    when: str | None


class WithinTold(Answer):
    place: str
    when: str | None


class Place(Item):
    name: str
    kind: str
    names: dict[str, str]
    dated_names: list[DatedNameTold]
    # One always; or several, each with or without a date.
    within: str | list[WithinTold] | None
    areas: list[MembershipTold]
    latitude: float | None
    longitude: float | None
    location_precision: int | None
    external_ids: dict[str, str]
    note: str | None
    retracted: bool
    merged: list[str]
    merged_into: str | None
    survivor: str
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
    merged: list[str]
    merged_into: str | None
    survivor: str
    recorded_position: int
    # What it derives from and credits, and of what that is taken from itself what stands no more.
    taken_from: list[TakenFrom] = []


class ChangeOfWord(Answer):
    """What made the statement in force differ from the first one."""

    kind: str
    changed_by: str | None
    reason: str | None
    without_notice: bool = False


class Claim(Item):
    """A claim by the statement that was in force, with the report that it stood in, or had stood in if withdrawn."""

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
    # The report that took it back, or, if none did, when its publisher did.
    withdrawn_in: WithdrawnIn | None = None
    withdrawn_when: str | None = None
    retracted_because: str | None = None
    # What its report derives from and credits, and what it rests on.
    taken_from: list[TakenFrom] = []
    # Items that it names and that were retracted since: `source/x`.
    names_retracted: list[str] = []


class Split(Answer):
    """Of how many persons it is known, of how many not; `disputed` of civilian status only."""

    yes: int
    no: int
    unknown: int
    disputed: int = 0


class CountOfFate(Answer):
    fate: str
    persons: int
    named: int
    in_doubt: int
    # Of how many it is not certain that it had befallen them by `at`.
    possible: int = 0
    civilians: Split
    women: Split
    children: Split


class PersonsCounted(Answer):
    """A count from the list of persons, never added to figures.

    `not_reported`: persons whom no claim that was out by the cut-off, or is in force, tells of.
    """

    persons: int
    fates: list[CountOfFate]
    without_claims: int
    not_reported: int


class CountedInIncident(Answer):
    """What a measure comes to in an incident: all null where nobody gives a number of the whole.

    `best` is null unless one voice says it or they agree, as `verdict` tells.
    """

    low: Number | None
    best: Number | None
    high: Number | None
    verdict: str
    voices: int
    unattributed: int


class LinkSetAside(Answer):
    """A claim that is linked to an incident and counts for nothing: `withdrawn`, or `discredited` with its reports."""

    claim: str
    why: str


class Incident(Item):
    """`claims` and `merged` hold what was merged into it too; `survivor` is where a merged one went.

    What was `retracted` has no claims, and nothing is merged with it. Of `standing` `nothing_left` nobody tells any
    more: every claim that is linked was taken back or is not relied on. An older server does not say.
    """

    title: str
    place: str | None
    when: str | None
    type: str | None
    note: str | None
    claims: list[str]
    merged: list[str]
    merged_into: str | None
    survivor: str
    # In a list, of the `measure` that it was asked with.
    counted: CountedInIncident | None = None
    retracted: bool
    recorded_position: int
    standing: str | None = None
    # Those of its claims that nobody stands by, with why.
    set_aside: list[LinkSetAside] = []
    # Those of its claims of which no answer tells: they, or all reports of them, were retracted.
    not_in_force: list[str] = []
    # By `reported_by`: how many more claims are linked that were not out by then.
    not_reported: int | None = None
    # Of one that is read by itself: what the register of persons counts.
    persons: PersonsCounted | None = None


class Fate(Answer):
    """What became of a person: in which incident, where and when, and which claim tells of it."""

    fate: str
    incident: str | None
    place: str | None
    when: str | None
    claim: str | None


class StatusSaid(Answer):
    """That somebody was a civilian, or was not, on whose word."""

    status: str
    source: str | None
    claim: str | None


class FateKnown(Fate):
    """`when_of_incident`: of a fate without a time of its own, when its incident was. It is taken to have been then."""

    when_of_incident: str | None = None


class Known(Answer):
    """What is known of a person by the clocks; `named_by` are the claims in force that name them.

    `or_else`: other fates that may be the last as well; `fates`: all that are known, of what was asked about. `holds`,
    of what was asked with `at`: whether `fate` had befallen them by then (`certain`, `possible`, `undated`).
    """

    fate: str
    or_else: list[str]
    fates: list[FateKnown] = []
    civilian: str
    sex: str | None
    age_low: int | None
    age_high: int | None
    child: str
    woman: str
    named_by: list[str]
    holds: str | None = None


class Person(Item):
    """`claims` name the person; they and `merged` hold what was merged into it too; `survivor` is where it went."""

    name: str | None
    names: dict[str, str]
    age: int | None
    age_low: int | None
    age_high: int | None
    sex: str | None
    civilian_status: list[StatusSaid]
    fates: list[Fate]
    note: str | None
    claims: list[str]
    merged: list[str]
    merged_into: str | None
    survivor: str
    retracted_because: str | None
    recorded_position: int
    # In the list: what is known by its clocks.
    known: Known | None = None


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
    """`not_out`: those of its claims that were not out by `reported_by`."""

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
    not_out: list[str] = []


class Edition(Answer):
    edition: str | None
    report: str
    label: str
    publisher: str | None
    published: str
    publication: Publication
    note: str | None
    retracted: bool
    survivor: str
    # How many were recorded of it, those that were retracted since too.
    statements: int


class Dataset(Answer):
    id: str
    editions: list[Edition]


class Datasets(Clocked):
    items: list[Dataset]


class DatasetClaim(Answer):
    """What a claim of a dataset says: the last of its statements in a report that was not retracted.

    `published` is false where there is none: then it is the last of all. `last` is false where others come after it, in
    retracted reports all of them. `stands` is false where its report is none that counts: it was retracted, or
    withdrawn, or is discredited. `follows` is the statement that it comes after. `ended`: it was dropped there.
    """

    id: str
    statement: int
    report: str
    ended: bool
    retracted: bool
    published: bool
    last: bool
    stands: bool
    follows: int | None
    statements_retracted_in: list[str]
    # As it is stored: words that may name a person are `{"value": text}`.
    content: dict[str, Any]


class FieldChange(Answer):
    field: str
    before: Any
    after: Any
    statement: int | None = None


class Entry(Answer):
    """One event of an item's account. `after`: the statement of a claim that the one that is new comes after."""

    position: int
    version: int
    type: str
    recorded_at: datetime
    principal: str
    principal_name: str | None
    reason: str | None
    report: str | None
    after: int | None = None
    changed_by: str | None = None
    without_notice: bool = False
    changes: list[FieldChange]


class BecameOfReport(Answer):
    """What became of a report of a claim: withdrawn (in which `report`, or `when`), discredited, retracted, or not."""

    id: str
    position: int
    type: str
    recorded_at: datetime
    principal: str
    principal_name: str | None
    reason: str | None
    report: str | None
    when: str | None


class History(Clocked):
    """`next` is the cursor of the page after it: of a history that was asked for whole there is none.

    `reports`: of a claim, what became of its reports.
    """

    id: str
    version: int
    etag: str | None = None
    items: list[Entry]
    reports: list[BecameOfReport] = []
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
