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
Unit = Literal["people", "families", "km2", "percent"]
Measure = Literal[
    "killed",
    "died",
    "injured",
    "casualties",
    "captured",
    "surrendered",
    "missing",
    "taken_hostage",
    "held_hostage",
    "evacuated",
    "displaced",
    "present",
    "fighters",
    "area",
    "territory_share",
]
Hedge = Literal["hearsay", "indications", "possible", "intended"]
ControlStatus = Literal["controls", "contests", "present", "encircles", "absent"]
Side = Literal["north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west"]
Extent = Literal["all", "most", "part", "pockets"]
OccurrenceType = Literal[
    "attack",
    "ground_offensive",
    "missile_strike",
    "airstrike",
    "airstrike_campaign",
    "shelling",
    "bombing",
    "ambush",
    "raid",
    "clash",
    "siege",
    "capture",
    "advance",
    "withdrawal",
    "transfer",
    "surrender",
    "hostage_taking",
    "execution",
    "massacre",
    "abduction",
    "release",
    "evacuation",
    "displacement",
    "pause",
    "ceasefire",
    "agreement",
    "proclamation",
    "arrest",
    "protest",
    "other",
]
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


class Membership(Value):
    """That a place belonged to an informal area, and when."""

    area: str
    when: Edtf | None = None


class OpenDossier(Creation):
    path: ClassVar[str] = "/dossiers"

    command: Literal["open_dossier"] = "open_dossier"
    title: str
    summary: str | None = None
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
    speaks_for: str | None = None
    url: str | None = None
    note: str | None = None


class RegisterActor(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/actors"

    command: Literal["register_actor"] = "register_actor"
    name: str
    kind: ActorKind
    names: dict[str, str] = {}
    part_of: str | None = None
    note: str | None = None


class RegisterPlace(Creation):
    path: ClassVar[str] = "/dossiers/{dossier}/places"

    command: Literal["register_place"] = "register_place"
    name: str
    kind: PlaceKind
    names: dict[str, str] = {}
    within: str | None = None
    areas: Sequence[Membership] | Membership = ()
    latitude: StrictFloat | None = None
    longitude: StrictFloat | None = None
    location_precision: StrictInt | None = None
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
    measure: Measure
    unit: Unit
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
    type: OccurrenceType
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
    type: OccurrenceType | None = None
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


class GradeSource(Change):
    """Admiralty: A completely reliable ... F cannot be judged."""

    path: ClassVar[str] = "/dossiers/{dossier}/sources/{id}/grades"

    command: Literal["grade_source"] = "grade_source"
    reliability: Reliability
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


class CorrectPlace(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/places/{id}/corrections"

    command: Literal["correct_place"] = "correct_place"
    set: dict[str, Any]
    reason: str


class RetractPlace(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/places/{id}/retractions"

    command: Literal["retract_place"] = "retract_place"
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


class DiscreditReport(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/discreditings"

    command: Literal["discredit_report"] = "discredit_report"
    reason: str


class RetractReport(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/reports/{id}/retractions"

    command: Literal["retract_report"] = "retract_report"
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
    """Admiralty: 1 confirmed by other sources ... 6 cannot be judged."""

    path: ClassVar[str] = "/dossiers/{dossier}/claims/{id}/grades"

    command: Literal["grade_claim"] = "grade_claim"
    credibility: Credibility
    reason: str


class RelateClaim(Change):
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


class ReviseAssessment(Change):
    """The desk finds otherwise. What its basis did until then is taken into account with it."""

    path: ClassVar[str] = "/dossiers/{dossier}/assessments/{id}/revisions"

    command: Literal["revise_assessment"] = "revise_assessment"
    set: dict[str, Any]
    reason: str


class WithdrawAssessment(Change):
    path: ClassVar[str] = "/dossiers/{dossier}/assessments/{id}/withdrawals"

    command: Literal["withdraw_assessment"] = "withdraw_assessment"
    reason: str
