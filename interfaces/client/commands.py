"""Every command of the API as a model. `python -m interfaces.client.generator` writes it from the domain."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StrictFloat, StrictInt

# EDTF as text, or a day or a moment.
Edtf = str | AwareDatetime | date

Qualifier = Literal[
    "stated", "about", "at_least", "at_most", "more_than", "fewer_than", "between", "vague", "some", "most", "unknown"
]
Magnitude = Literal["dozens", "hundreds", "thousands", "many"]
StockOrFlow = Literal["stock", "flow"]
Hedge = Literal["hearsay", "indications", "possible", "intended"]
ControlStatus = Literal["controls", "contests", "present", "encircles", "absent"]
Side = Literal["north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west"]
Extent = Literal["all", "most", "part", "pockets"]
Role = Literal["by", "with", "against"]
Nature = Literal[
    "observation", "assessment", "prediction", "warning", "threat", "accusation", "denial", "responsibility_claim"
]
ChangedBy = Literal["claimant", "relay", "publisher"]
Credibility = Literal[1, 2, 3, 4, 5, 6]
Relation = Literal["disputes", "alternative_to", "part_of", "overlaps", "resolves"]
SourceKind = Literal[
    "news_outlet",
    "news_agency",
    "journalist",
    "monitor",
    "official",
    "government",
    "armed_group",
    "international_organization",
    "ngo",
    "dataset",
    "research",
    "court",
    "witness",
    "social_media",
    "unknown",
]
Reliability = Literal["A", "B", "C", "D", "E", "F"]
ActorKind = Literal[
    "armed_group", "militia", "coalition", "state", "government", "police", "organization", "civilians", "person"
]
PlaceKind = Literal[
    "country",
    "adm1",
    "adm2",
    "adm3",
    "adm4",
    "region",
    "area",
    "city",
    "town",
    "village",
    "hamlet",
    "neighbourhood",
    "camp",
    "base",
    "site",
    "road",
    "river",
    "border",
    "sea",
]
Sex = Literal["female", "male", "other"]
CivilianStatus = Literal["civilian", "combatant"]
WhatBecame = Literal["killed", "injured", "missing", "held", "unknown"]
Grade = Literal["confirmed", "fair", "weak", "contested", "discounted"]


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Command(Value):
    """`path` is the address that takes it; the limits of what its fields may hold are the server's."""

    path: ClassVar[str]

    command: str
    id: str | None

    def body(self) -> dict[str, Any]:
        """Its JSON, as a line of a batch has it: what was left out is left out."""
        told = self.model_dump(mode="json", exclude_defaults=True)
        # The address says what a command is, a line must; and a kind tells commands of one name apart.
        named = {name: getattr(self, name) for name in ("command", "kind") if hasattr(self, name)}
        return named | told


class Creation(Command):
    """Begins an item. Without an `id` the server makes one; in a batch each is named."""

    id: str | None = None


class Change(Command):
    """Changes the item `id`, if it is still at the version that the change was meant for."""

    id: str


class OwnMeasure(Value):
    """A measure of a dossier's own: a stock (true at a moment) or a flow (counted over a period), in some units.

    Labels are read after who or what is counted: `{"en": "without clean water"}`."""

    nature: StockOrFlow
    units: Sequence[str] | str
    labels: dict[str, str] = {}


class OwnUnit(Value):
    """A unit of a dossier's own. `whole`: it is counted one by one, and there are no halves."""

    whole: bool = True
    labels: dict[str, str] = {}


class DatedName(Value):
    """What an item was called, and when; in its `language`, if it is another than that of its name."""

    name: str
    when: Edtf
    language: str | None = None


class PartOf(Value):
    """That an actor was a part of another, and when."""

    actor: str
    when: Edtf | None = None


class Within(Value):
    """That a place lay within another, and when."""

    place: str
    when: Edtf | None = None


class Membership(Value):
    """That a place belonged to an informal area, and when."""

    area: str
    when: Edtf | None = None


class StatusSaid(Value):
    """That somebody was a civilian, or was not, on whose word: a source's, or that of a claim."""

    status: CivilianStatus
    source: str | None = None
    claim: str | None = None


class Fate(Value):
    """What became of a person: in which incident, where and when (of what lasts, since when, or an interval).

    `claim` is the one that tells of it: by a cut-off it is known once that was out. Without one it always was."""

    fate: WhatBecame
    incident: str | None = None
    place: str | None = None
    when: Edtf | None = None
    claim: str | None = None


class OpenDossier(Creation):
    path: ClassVar[str] = "/dossiers"

    command: Literal["open_dossier"] = "open_dossier"
    title: str
    summary: str | None = None
    group_labels: dict[str, dict[str, str]] = {}
    cause_labels: dict[str, dict[str, str]] = {}
    dimension_labels: dict[str, dict[str, str]] = {}
    value_labels: dict[str, dict[str, str]] = {}
    method_labels: dict[str, dict[str, str]] = {}
    occurrence_types: dict[str, dict[str, str]] = {}
    measures: dict[str, OwnMeasure] = {}
    units: dict[str, OwnUnit] = {}
    time_zone: str | None = None


class DescribeDossier(Command):
    path: ClassVar[str] = "/dossiers/{dossier}/descriptions"

    id: str | None = None
    command: Literal["describe_dossier"] = "describe_dossier"
    set: dict[str, Any]
    reason: str | None = None


class RegisterSource(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/sources"

    command: Literal["register_source"] = "register_source"
    name: str
    kind: SourceKind
    names: dict[str, str] = {}
    dated_names: Sequence[DatedName] | DatedName = ()
    speaks_for: str | None = None
    url: str | None = None
    note: str | None = None


class RegisterActor(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/actors"

    command: Literal["register_actor"] = "register_actor"
    name: str
    kind: ActorKind
    names: dict[str, str] = {}
    dated_names: Sequence[DatedName] | DatedName = ()
    part_of: str | Sequence[PartOf] | PartOf | None = None
    external_ids: dict[str, str] = {}
    note: str | None = None


class RegisterPlace(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/places"

    command: Literal["register_place"] = "register_place"
    name: str
    kind: PlaceKind
    names: dict[str, str] = {}
    dated_names: Sequence[DatedName] | DatedName = ()
    within: str | Sequence[Within] | Within | None = None
    areas: Sequence[Membership] | Membership = ()
    latitude: StrictFloat | None = None
    longitude: StrictFloat | None = None
    location_precision: StrictInt | None = None
    external_ids: dict[str, str] = {}
    note: str | None = None


class FileReport(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/reports"

    command: Literal["file_report"] = "file_report"
    label: str
    published: Edtf
    published_bounds: Edtf | None = None
    publisher: str | None = None
    author: str | None = None
    language: str | None = None
    url: str | None = None
    derived_from: Sequence[str] | str = ()
    credits: Sequence[str] | str = ()
    cited_in: Sequence[str] | str = ()
    dataset: str | None = None
    edition: str | None = None
    note: str | None = None


class RecordFigure(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/claims"

    command: Literal["record_claim"] = "record_claim"
    qualifier: Qualifier
    kind: Literal["figure"] = "figure"
    measure: str
    unit: str
    report: str
    low: StrictInt | StrictFloat | None = None
    best: StrictInt | StrictFloat | None = None
    high: StrictInt | StrictFloat | None = None
    magnitude: Magnitude | None = None
    claimant: str | None = None
    via: Sequence[str] | str = ()
    place: str | None = None
    when: Edtf | None = None
    said: Edtf | None = None
    hedge: Hedge | None = None
    inferred: Sequence[str] | str = ()
    rests_on: Sequence[str] | str = ()
    coded: dict[str, StrictInt | StrictFloat | str] | None = None
    original: str | None = None
    text: str | None = None
    note: str | None = None
    subject: str | None = None
    group: str | None = None
    by: str | None = None
    cause: str | None = None
    dimensions: dict[str, str] | None = None
    disputes: Sequence[str] | str = ()
    alternative_to: Sequence[str] | str = ()
    part_of: Sequence[str] | str = ()
    overlaps: Sequence[str] | str = ()
    resolves: Sequence[str] | str = ()


class RecordControl(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/claims"

    command: Literal["record_claim"] = "record_claim"
    kind: Literal["control"] = "control"
    status: ControlStatus
    report: str
    claimant: str | None = None
    via: Sequence[str] | str = ()
    place: str | None = None
    when: Edtf | None = None
    said: Edtf | None = None
    hedge: Hedge | None = None
    inferred: Sequence[str] | str = ()
    rests_on: Sequence[str] | str = ()
    coded: dict[str, StrictInt | StrictFloat | str] | None = None
    original: str | None = None
    text: str | None = None
    note: str | None = None
    actor: str | None = None
    against: str | None = None
    side: Sequence[Side] | Side = ()
    extent: Extent | None = None
    disputes: Sequence[str] | str = ()
    alternative_to: Sequence[str] | str = ()
    part_of: Sequence[str] | str = ()
    overlaps: Sequence[str] | str = ()
    resolves: Sequence[str] | str = ()


class RecordOccurrence(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/claims"

    command: Literal["record_claim"] = "record_claim"
    kind: Literal["occurrence"] = "occurrence"
    type: str
    report: str
    claimant: str | None = None
    via: Sequence[str] | str = ()
    place: str | None = None
    when: Edtf | None = None
    said: Edtf | None = None
    hedge: Hedge | None = None
    inferred: Sequence[str] | str = ()
    rests_on: Sequence[str] | str = ()
    coded: dict[str, StrictInt | StrictFloat | str] | None = None
    original: str | None = None
    text: str | None = None
    note: str | None = None
    actors: dict[Role, Sequence[str] | str] = {}
    methods: Sequence[str] | str = ()
    disputes: Sequence[str] | str = ()
    alternative_to: Sequence[str] | str = ()
    part_of: Sequence[str] | str = ()
    overlaps: Sequence[str] | str = ()
    resolves: Sequence[str] | str = ()


class RecordStatement(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/claims"

    command: Literal["record_claim"] = "record_claim"
    kind: Literal["statement"] = "statement"
    nature: Nature
    report: str
    claimant: str | None = None
    via: Sequence[str] | str = ()
    place: str | None = None
    when: Edtf | None = None
    said: Edtf | None = None
    hedge: Hedge | None = None
    inferred: Sequence[str] | str = ()
    rests_on: Sequence[str] | str = ()
    coded: dict[str, StrictInt | StrictFloat | str] | None = None
    original: str | None = None
    text: str | None = None
    note: str | None = None
    actor: str | None = None
    due: Edtf | None = None
    disputes: Sequence[str] | str = ()
    alternative_to: Sequence[str] | str = ()
    part_of: Sequence[str] | str = ()
    overlaps: Sequence[str] | str = ()
    resolves: Sequence[str] | str = ()


class OpenIncident(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/incidents"

    command: Literal["open_incident"] = "open_incident"
    title: str
    place: str | None = None
    when: Edtf | None = None
    type: str | None = None
    note: str | None = None
    claims: Sequence[str] | str = ()


class RegisterPerson(Creation):
    """`claims` are those that name the person."""

    path: ClassVar[str] = "/dossiers/{dossier}/persons"

    command: Literal["register_person"] = "register_person"
    name: str | None = None
    names: dict[str, str] = {}
    age: StrictInt | None = None
    age_low: StrictInt | None = None
    age_high: StrictInt | None = None
    sex: Sex | None = None
    civilian_status: Sequence[StatusSaid] | StatusSaid = ()
    fates: Sequence[Fate] | Fate = ()
    note: str | None = None
    claims: Sequence[str] | str = ()


class IssueAssessment(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/assessments"

    command: Literal["issue_assessment"] = "issue_assessment"
    finding: str
    grade: Grade
    claims: Sequence[str] | str
    because: str
    topic: str | None = None
    place: str | None = None
    when: Edtf | None = None
    same_origin: Sequence[str] | str = ()


class CorrectSource(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/sources/{id}/corrections"

    command: Literal["correct_source"] = "correct_source"
    set: dict[str, Any]
    reason: str


class RetractSource(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/sources/{id}/retractions"

    command: Literal["retract_source"] = "retract_source"
    reason: str


class ReinstateSource(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/sources/{id}/reinstatements"

    command: Literal["reinstate_source"] = "reinstate_source"
    reason: str


class GradeSource(Change):
    """Admiralty: A completely reliable ... F cannot be judged; null takes a grade back."""

    path: ClassVar[str] = "/dossiers/{dossier}/sources/{id}/grades"

    command: Literal["grade_source"] = "grade_source"
    reliability: Reliability | None
    reason: str


class MergeSource(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/sources/{id}/merges"

    command: Literal["merge_source"] = "merge_source"
    into: str
    reason: str


class SplitSource(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/sources/{id}/splits"

    command: Literal["split_source"] = "split_source"
    reason: str


class CorrectActor(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/actors/{id}/corrections"

    command: Literal["correct_actor"] = "correct_actor"
    set: dict[str, Any]
    reason: str


class RetractActor(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/actors/{id}/retractions"

    command: Literal["retract_actor"] = "retract_actor"
    reason: str


class ReinstateActor(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/actors/{id}/reinstatements"

    command: Literal["reinstate_actor"] = "reinstate_actor"
    reason: str


class MergeActor(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/actors/{id}/merges"

    command: Literal["merge_actor"] = "merge_actor"
    into: str
    reason: str


class SplitActor(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/actors/{id}/splits"

    command: Literal["split_actor"] = "split_actor"
    reason: str


class CorrectPlace(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/places/{id}/corrections"

    command: Literal["correct_place"] = "correct_place"
    set: dict[str, Any]
    reason: str


class RetractPlace(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/places/{id}/retractions"

    command: Literal["retract_place"] = "retract_place"
    reason: str


class ReinstatePlace(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/places/{id}/reinstatements"

    command: Literal["reinstate_place"] = "reinstate_place"
    reason: str


class MergePlace(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/places/{id}/merges"

    command: Literal["merge_place"] = "merge_place"
    into: str
    reason: str


class SplitPlace(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/places/{id}/splits"

    command: Literal["split_place"] = "split_place"
    reason: str


class CorrectReport(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/corrections"

    command: Literal["correct_report"] = "correct_report"
    set: dict[str, Any]
    reason: str


class WithdrawReport(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/withdrawals"

    command: Literal["withdraw_report"] = "withdraw_report"
    reason: str
    when: Edtf | None = None
    report: str | None = None


class RetractWithdrawal(Change):
    """Take back that its publisher withdrew it: it never did, and that it did so was our mistake."""

    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/withdrawal-retractions"

    command: Literal["retract_withdrawal"] = "retract_withdrawal"
    reason: str


class DiscreditReport(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/discreditings"

    command: Literal["discredit_report"] = "discredit_report"
    reason: str


class LiftDiscrediting(Change):
    """Rely on it again."""

    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/discrediting-liftings"

    command: Literal["lift_discrediting"] = "lift_discrediting"
    reason: str


class RetractReport(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/retractions"

    command: Literal["retract_report"] = "retract_report"
    reason: str


class ReinstateReport(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/reinstatements"

    command: Literal["reinstate_report"] = "reinstate_report"
    reason: str


class MergeReport(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/merges"

    command: Literal["merge_report"] = "merge_report"
    into: str
    reason: str


class SplitReport(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/splits"

    command: Literal["split_report"] = "split_report"
    reason: str


class ReviseClaim(Change):
    """`after` names the statement that this one comes after, for a late find; the last one if left out."""

    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/revisions"

    command: Literal["revise_claim"] = "revise_claim"
    report: str
    set: dict[str, Any]
    after: StrictInt | None = None
    changed_by: ChangedBy | None = None
    reason: str | None = None


class WithdrawClaim(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/withdrawals"

    command: Literal["withdraw_claim"] = "withdraw_claim"
    report: str
    reason: str
    after: StrictInt | None = None
    changed_by: ChangedBy | None = None
    without_notice: bool = False


class CorrectClaim(Change):
    """Without a `statement`, each field is mended where it was first said, and wherever it was kept since."""

    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/corrections"

    command: Literal["correct_claim"] = "correct_claim"
    set: dict[str, Any]
    reason: str
    statement: StrictInt | None = None


class RetractStatement(Change):
    """Take back one statement of a claim that no report ever made: a revision, or a withdrawal, that was our mistake.

    What later statements took over from it they keep."""

    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/statement-retractions"

    command: Literal["retract_statement"] = "retract_statement"
    statement: StrictInt
    reason: str


class ReinstateStatement(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/statement-reinstatements"

    command: Literal["reinstate_statement"] = "reinstate_statement"
    statement: StrictInt
    reason: str


class RetractClaim(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/retractions"

    command: Literal["retract_claim"] = "retract_claim"
    reason: str


class ReinstateClaim(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/reinstatements"

    command: Literal["reinstate_claim"] = "reinstate_claim"
    reason: str


class GradeClaim(Change):
    """Admiralty: 1 confirmed by other sources ... 6 cannot be judged; null takes a grade back."""

    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/grades"

    command: Literal["grade_claim"] = "grade_claim"
    credibility: Credibility | None
    reason: str


class RelateClaim(Change):
    """`remove` takes a relation back, with a reason."""

    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/relations"

    command: Literal["relate_claim"] = "relate_claim"
    relation: Relation
    to: Sequence[str] | str
    remove: bool = False
    reason: str | None = None


class DescribeIncident(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/incidents/{id}/descriptions"

    command: Literal["describe_incident"] = "describe_incident"
    set: dict[str, Any]
    reason: str


class LinkClaims(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/incidents/{id}/links"

    command: Literal["link_claims"] = "link_claims"
    claims: Sequence[str] | str
    reason: str | None = None


class UnlinkClaims(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/incidents/{id}/unlinkings"

    command: Literal["unlink_claims"] = "unlink_claims"
    claims: Sequence[str] | str
    reason: str


class MergeIncident(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/incidents/{id}/merges"

    command: Literal["merge_incident"] = "merge_incident"
    into: str
    reason: str


class SplitIncident(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/incidents/{id}/splits"

    command: Literal["split_incident"] = "split_incident"
    reason: str


class RetractIncident(Change):
    """While it is retracted, what was merged into it is a happening of its own."""

    path: ClassVar[str] = "/dossiers/{dossier}/incidents/{id}/retractions"

    command: Literal["retract_incident"] = "retract_incident"
    reason: str


class ReinstateIncident(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/incidents/{id}/reinstatements"

    command: Literal["reinstate_incident"] = "reinstate_incident"
    reason: str


class ReviseAssessment(Change):
    """The desk finds otherwise. What its basis did until then is taken into account with it."""

    path: ClassVar[str] = "/dossiers/{dossier}/assessments/{id}/revisions"

    command: Literal["revise_assessment"] = "revise_assessment"
    set: dict[str, Any]
    reason: str


class UpholdAssessment(Change):
    """Say that the finding stands, as the desk looked at what its basis did until then."""

    path: ClassVar[str] = "/dossiers/{dossier}/assessments/{id}/upholdings"

    command: Literal["uphold_assessment"] = "uphold_assessment"
    reason: str


class RetractRevision(Change):
    """Take back the last revision, or that it was upheld: it never was meant. It counts as assessed where it was."""

    path: ClassVar[str] = "/dossiers/{dossier}/assessments/{id}/revision-retractions"

    command: Literal["retract_revision"] = "retract_revision"
    reason: str


class ReinstateRevision(Change):
    """The revision that was retracted last was meant after all, if nothing was revised since."""

    path: ClassVar[str] = "/dossiers/{dossier}/assessments/{id}/revision-reinstatements"

    command: Literal["reinstate_revision"] = "reinstate_revision"
    reason: str


class WithdrawAssessment(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/assessments/{id}/withdrawals"

    command: Literal["withdraw_assessment"] = "withdraw_assessment"
    reason: str


class ReinstateAssessment(Change):
    """Stand by it again. What its basis did since it was assessed is not taken into account with it: revise it."""

    path: ClassVar[str] = "/dossiers/{dossier}/assessments/{id}/reinstatements"

    command: Literal["reinstate_assessment"] = "reinstate_assessment"
    reason: str


class RecordFate(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/persons/{id}/fates"

    command: Literal["record_fate"] = "record_fate"
    fate: WhatBecame
    incident: str | None = None
    place: str | None = None
    when: Edtf | None = None
    claim: str | None = None


class CorrectPerson(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/persons/{id}/corrections"

    command: Literal["correct_person"] = "correct_person"
    set: dict[str, Any]
    reason: str


class RetractPerson(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/persons/{id}/retractions"

    command: Literal["retract_person"] = "retract_person"
    reason: str


class ReinstatePerson(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/persons/{id}/reinstatements"

    command: Literal["reinstate_person"] = "reinstate_person"
    reason: str


class LinkPerson(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/persons/{id}/links"

    command: Literal["link_person"] = "link_person"
    claims: Sequence[str] | str
    reason: str | None = None


class UnlinkPerson(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/persons/{id}/unlinkings"

    command: Literal["unlink_person"] = "unlink_person"
    claims: Sequence[str] | str
    reason: str


class MergePerson(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/persons/{id}/merges"

    command: Literal["merge_person"] = "merge_person"
    into: str
    reason: str


class SplitPerson(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/persons/{id}/splits"

    command: Literal["split_person"] = "split_person"
    reason: str
