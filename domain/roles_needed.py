"""Which role each command takes."""

from collections.abc import Mapping
from typing import Final

from domain import actor, assessment, claim, dossier, incident, person, place, report, source
from domain.events import AnyCommand
from domain.fact import Command
from domain.roles import Role

# Whoever codes records and mends; what judges, or takes back, is an editor's.
NEEDED: Final[Mapping[type[Command], Role]] = {
    dossier.OpenDossier: "admin",
    dossier.DescribeDossier: "admin",
    source.RegisterSource: "recorder",
    source.CorrectSource: "recorder",
    source.GradeSource: "editor",
    source.RetractSource: "editor",
    source.ReinstateSource: "editor",
    source.MergeSource: "editor",
    source.SplitSource: "editor",
    actor.RegisterActor: "recorder",
    actor.CorrectActor: "recorder",
    actor.RetractActor: "editor",
    actor.ReinstateActor: "editor",
    actor.MergeActor: "editor",
    actor.SplitActor: "editor",
    place.RegisterPlace: "recorder",
    place.CorrectPlace: "recorder",
    place.RetractPlace: "editor",
    place.ReinstatePlace: "editor",
    place.MergePlace: "editor",
    place.SplitPlace: "editor",
    report.FileReport: "recorder",
    report.CorrectReport: "recorder",
    report.WithdrawReport: "recorder",
    report.RetractWithdrawal: "editor",
    report.DiscreditReport: "editor",
    report.LiftDiscrediting: "editor",
    report.RetractReport: "editor",
    report.ReinstateReport: "editor",
    report.MergeReport: "editor",
    report.SplitReport: "editor",
    claim.RecordFigure: "recorder",
    claim.RecordControl: "recorder",
    claim.RecordOccurrence: "recorder",
    claim.RecordStatement: "recorder",
    claim.ReviseClaim: "recorder",
    claim.WithdrawClaim: "recorder",
    claim.CorrectClaim: "recorder",
    claim.RelateClaim: "recorder",
    claim.GradeClaim: "editor",
    claim.RetractStatement: "editor",
    claim.ReinstateStatement: "editor",
    claim.RetractClaim: "editor",
    claim.ReinstateClaim: "editor",
    incident.OpenIncident: "recorder",
    incident.DescribeIncident: "recorder",
    incident.LinkClaims: "recorder",
    incident.UnlinkClaims: "recorder",
    incident.MergeIncident: "editor",
    incident.SplitIncident: "editor",
    incident.RetractIncident: "editor",
    incident.ReinstateIncident: "editor",
    person.RegisterPerson: "recorder",
    person.RecordFate: "recorder",
    person.CorrectPerson: "recorder",
    person.LinkPerson: "recorder",
    person.UnlinkPerson: "recorder",
    person.RetractPerson: "editor",
    person.ReinstatePerson: "editor",
    person.MergePerson: "editor",
    person.SplitPerson: "editor",
    assessment.IssueAssessment: "editor",
    assessment.ReviseAssessment: "editor",
    assessment.UpholdAssessment: "editor",
    assessment.RetractRevision: "editor",
    assessment.ReinstateRevision: "editor",
    assessment.WithdrawAssessment: "editor",
    assessment.ReinstateAssessment: "editor",
}

# Who opens a dossier does so in the installation: there is no dossier yet to be an admin of.
IN_THE_INSTALLATION: Final = frozenset({dossier.OpenDossier})


def role_for(command: AnyCommand) -> Role:
    if isinstance(command, report.FileReport) and command.edition is not None:
        # An edition says what every row of the one before has become.
        return "editor"
    return NEEDED[type(command)]
