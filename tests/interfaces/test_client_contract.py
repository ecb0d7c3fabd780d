"""The models of the shipped client, written by hand, against the contract: field by field."""

from typing import Any, get_args

import pytest
from pydantic import BaseModel

from interfaces.api.app import create_app
from interfaces.client import answers, events, findings, subscriptions

# Which components a model reads. One that reads several holds what any of them has.
READS: dict[type[BaseModel], tuple[str, ...]] = {
    answers.Clocked: ("Clocked",),
    answers.Content: ("Figure", "Control", "Occurrence", "Utterance"),
    answers.Publication: ("Publication",),
    answers.ReportNamed: ("ReportNamed",),
    answers.ReportOfClaim: ("ReportOfClaim",),
    answers.Names: ("NamesTold",),
    answers.ClaimTold: ("ClaimTold",),
    answers.SaidBefore: ("SaidBeforeTold",),
    answers.TakenFrom: ("TakenFromTold",),
    answers.Gone: ("GoneTold",),
    answers.DossierItem: ("DossierAnswer", "DossierListed"),
    answers.Source: ("SourceAnswer", "SourceItem"),
    answers.Actor: ("ActorAnswer", "ActorItem"),
    answers.MembershipTold: ("Membership-Output",),
    answers.DatedNameTold: ("DatedName-Output",),
    answers.PartOfTold: ("PartOf-Output",),
    answers.WithinTold: ("Within-Output",),
    answers.Place: ("PlaceAnswer", "PlaceItem"),
    answers.ReportWithdrawal: ("ReportWithdrawal",),
    answers.Report: ("ReportAnswer", "ReportItem"),
    answers.ChangeOfWord: ("ChangeOfWord",),
    answers.Claim: ("ClaimAnswer", "ClaimItem"),
    answers.WithdrawnIn: ("WithdrawnIn",),
    answers.Incident: ("IncidentAnswer", "IncidentListed"),
    answers.LinkSetAside: ("LinkSetAside",),
    answers.CountedInIncident: ("CountedTold",),
    answers.Move: ("Move",),
    answers.Basis: ("Basis",),
    answers.MovedSince: ("MovedSince",),
    answers.Person: ("PersonAnswer", "PersonListed"),
    answers.Split: ("SplitOfStatus",),
    answers.CountOfFate: ("CountOfFate",),
    answers.PersonsCounted: ("PersonsCounted",),
    answers.Known: ("KnownTold",),
    answers.Fate: ("Fate-Output",),
    answers.FateKnown: ("FateKnown",),
    answers.StatusSaid: ("StatusSaid-Output",),
    answers.Assessment: ("AssessmentAnswer", "AssessmentItem"),
    answers.Edition: ("Edition",),
    answers.Dataset: ("DatasetItem",),
    answers.Datasets: ("Datasets",),
    answers.DatasetClaim: ("DatasetClaim",),
    answers.FieldChange: ("FieldChange",),
    answers.Entry: ("AccountEntry",),
    answers.BecameOfReport: ("BecameOfReport",),
    answers.History: ("Account",),
    answers.Page: (
        "PagedSourceItem", "PagedClaimItem", "PagedCorrectionItem", "PagedTopicItem", "Disagreements", "Changes",
        "ChangedFindings",
        "Subscriptions", "Deliveries", "Dossiers",
    ),
    answers.Caution: ("Caution",),
    answers.Done: ("Written",),
    answers.DoneLine: ("LineDone",),
    answers.BatchDone: ("BatchDone",),
    findings.Rule: ("RuleTold",),
    findings.Rules: ("Rules",),
    findings.Voice: ("VoiceTold",),
    findings.SetAside: ("SetAsideTold",),
    findings.PlaceOfControl: ("PlaceOfControl",),
    findings.State: ("StateTold", "GoverningState"),
    findings.Hold: ("HoldTold",),
    findings.ChangedHands: ("ChangedHands",),
    findings.TakenInside: ("TakenInsideTold",),
    findings.ControlPicture: ("ControlPictureTold",),
    findings.Stretch: ("Stretch",),
    findings.VoiceTimeline: ("TimelineTold",),
    findings.Control: ("ControlAnswer",),
    findings.Topic: ("TopicItem",),
    findings.Part: ("PartTold",),
    findings.Line: ("LineTold",),
    findings.Period: ("Period",),
    findings.GroupInBrief: ("GroupInBrief",),
    findings.TopicInBrief: ("TopicInBrief",),
    findings.Group: ("GroupTold",),
    findings.FigurePicture: ("FigurePictureTold",),
    findings.Span: ("SpanTold",),
    findings.Point: ("PointTold",),
    findings.Figures: ("SeriesAnswer",),
    findings.Sum: ("SumTold",),
    findings.Partition: ("PartitionTold",),
    findings.Sums: ("SumsAnswer",),
    findings.ControlOfPlace: ("ControlOfPlaceTold",),
    findings.FiguresOfTopic: ("FiguresOfTopicTold",),
    findings.OccurrenceTold: ("OccurrenceTold",),
    findings.UndatedOfPlace: ("UndatedTold",),
    findings.UnplacedOfPlace: ("UnplacedTold",),
    findings.FiguresSetAside: ("FiguresSetAside",),
    findings.OccurrenceSetAside: ("OccurrenceSetAside",),
    findings.Situation: ("SituationAnswer",),
    findings.DisagreementLine: ("DisagreeingLine",),
    findings.Disagreement: ("DisagreementItem",),
    findings.SourceGraded: ("SourceGraded",),
    findings.ClaimsCounted: ("ClaimsCounted",),
    findings.SourceRecord: ("RecordAnswer",),
    findings.EventTold: ("EventTold",),
    findings.WithdrawalKnown: ("WithdrawalKnown",),
    findings.Correction: ("CorrectionItem",),
    findings.Change: ("Change",),
    findings.ChangedFinding: ("ChangedFinding",),
    events.Event: ("EventMessage",),
    events.Cause: ("Cause",),
    events.AskAgain: ("AskAgain",),
    events.ChangedAnswer: ("ChangeOfAnswer",),
    events.AnswerChanged: ("AnswerMessage",),
    subscriptions.Subscription: ("SubscriptionItem",),
    subscriptions.NewSubscription: ("SubscriptionMade",),
    subscriptions.NewSecret: ("SecretMade",),
    subscriptions.Delivery: ("DeliveryItem",),
}  # fmt: skip
# What others inherit from, and what is read of any answer.
PARTS = {answers.Answer, answers.Clocks, answers.Position, answers.Item, findings.Told, findings.Range,
         findings.TopicParts, events.CloudEvent}  # fmt: skip

SCHEMAS: dict[str, Any] = create_app().openapi()["components"]["schemas"]


@pytest.mark.parametrize(("model", "components"), READS.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_a_model_has_the_fields_that_the_contract_has(model: type[BaseModel], components: tuple[str, ...]) -> None:
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    told = {name for component in components for name in SCHEMAS[component]["properties"]}
    assert set(fields) - told <= (set(fields) & {"at", "reported_by", "certainty", "stands_still"})
    assert told <= set(fields)
    for component in components:
        schema = SCHEMAS[component]
        for name, info in fields.items():
            if info.is_required():
                assert name in schema["required"], (component, name)
            may_be_none = type(None) in get_args(info.annotation) or info.annotation is Any
            if name in schema["properties"] and _may_be_null(schema["properties"][name]):
                assert may_be_none, (component, name)


def test_every_model_of_an_answer_is_compared() -> None:
    models = {
        each
        for module in (answers, events, findings, subscriptions)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == module.__name__
    }
    assert models == set(READS) | PARTS


def _may_be_null(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "null" or any(map(_may_be_null, schema.get("anyOf", ())))
