"""Of every command the ones that lead back from it, and how they are asked for: in one place, for all tests.

A command that begins an item is led back from by what leaves nothing of the item in force.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.actor import CorrectActor, MergeActor, RegisterActor, ReinstateActor, RetractActor, SplitActor
from domain.assessment import (
    IssueAssessment,
    ReinstateAssessment,
    ReinstateRevision,
    RetractRevision,
    ReviseAssessment,
    UpholdAssessment,
    WithdrawAssessment,
)
from domain.claim import (
    CorrectClaim,
    GradeClaim,
    RecordControl,
    RecordFigure,
    RecordOccurrence,
    RecordStatement,
    ReinstateClaim,
    ReinstateStatement,
    RelateClaim,
    RetractClaim,
    RetractStatement,
    ReviseClaim,
    WithdrawClaim,
)
from domain.dossier import DescribeDossier, OpenDossier
from domain.fact import Command
from domain.fields import read
from domain.incident import (
    DescribeIncident,
    LinkClaims,
    MergeIncident,
    OpenIncident,
    ReinstateIncident,
    RetractIncident,
    SplitIncident,
    UnlinkClaims,
)
from domain.person import (
    CorrectPerson,
    LinkPerson,
    MergePerson,
    RecordFate,
    RegisterPerson,
    ReinstatePerson,
    RetractPerson,
    SplitPerson,
    UnlinkPerson,
)
from domain.place import CorrectPlace, MergePlace, RegisterPlace, ReinstatePlace, RetractPlace, SplitPlace
from domain.report import (
    CorrectReport,
    DiscreditReport,
    FileReport,
    LiftDiscrediting,
    MergeReport,
    ReinstateReport,
    RetractReport,
    RetractWithdrawal,
    SplitReport,
    WithdrawReport,
)
from domain.sealable import as_given
from domain.source import (
    CorrectSource,
    GradeSource,
    MergeSource,
    RegisterSource,
    ReinstateSource,
    RetractSource,
    SplitSource,
)
from domain.statements import numbered

# Of two the second leads back where the first would not: another reason was given before.
INVERSES: Mapping[type[Command], tuple[type[Command], ...]] = {
    # A dossier is a log that stays; what is in it can be unsaid.
    OpenDossier: (),
    DescribeDossier: (DescribeDossier,),
    RegisterSource: (RetractSource,),
    CorrectSource: (CorrectSource,),
    GradeSource: (GradeSource,),
    RetractSource: (ReinstateSource,),
    ReinstateSource: (RetractSource,),
    MergeSource: (SplitSource,),
    SplitSource: (MergeSource,),
    RegisterActor: (RetractActor,),
    CorrectActor: (CorrectActor,),
    RetractActor: (ReinstateActor,),
    ReinstateActor: (RetractActor,),
    MergeActor: (SplitActor,),
    SplitActor: (MergeActor,),
    RegisterPlace: (RetractPlace,),
    CorrectPlace: (CorrectPlace,),
    RetractPlace: (ReinstatePlace,),
    ReinstatePlace: (RetractPlace,),
    MergePlace: (SplitPlace,),
    SplitPlace: (MergePlace,),
    FileReport: (RetractReport,),
    CorrectReport: (CorrectReport,),
    WithdrawReport: (RetractWithdrawal,),
    RetractWithdrawal: (WithdrawReport,),
    DiscreditReport: (LiftDiscrediting, DiscreditReport),
    LiftDiscrediting: (DiscreditReport,),
    RetractReport: (ReinstateReport,),
    ReinstateReport: (RetractReport,),
    MergeReport: (SplitReport,),
    SplitReport: (MergeReport,),
    RecordFigure: (RetractClaim,),
    RecordControl: (RetractClaim,),
    RecordOccurrence: (RetractClaim,),
    RecordStatement: (RetractClaim,),
    ReviseClaim: (RetractStatement,),
    WithdrawClaim: (RetractStatement,),
    CorrectClaim: (CorrectClaim,),
    RetractStatement: (ReinstateStatement,),
    ReinstateStatement: (RetractStatement,),
    RetractClaim: (ReinstateClaim,),
    ReinstateClaim: (RetractClaim,),
    GradeClaim: (GradeClaim,),
    RelateClaim: (RelateClaim,),
    OpenIncident: (RetractIncident,),
    DescribeIncident: (DescribeIncident,),
    LinkClaims: (UnlinkClaims,),
    UnlinkClaims: (LinkClaims,),
    MergeIncident: (SplitIncident,),
    SplitIncident: (MergeIncident,),
    RetractIncident: (ReinstateIncident,),
    ReinstateIncident: (RetractIncident,),
    IssueAssessment: (WithdrawAssessment,),
    ReviseAssessment: (RetractRevision,),
    UpholdAssessment: (RetractRevision,),
    RetractRevision: (ReinstateRevision,),
    ReinstateRevision: (RetractRevision,),
    WithdrawAssessment: (ReinstateAssessment,),
    ReinstateAssessment: (WithdrawAssessment,),
    RegisterPerson: (RetractPerson,),
    RecordFate: (CorrectPerson,),
    CorrectPerson: (CorrectPerson,),
    RetractPerson: (ReinstatePerson,),
    ReinstatePerson: (RetractPerson,),
    LinkPerson: (UnlinkPerson,),
    UnlinkPerson: (LinkPerson,),
    MergePerson: (SplitPerson,),
    SplitPerson: (MergePerson,),
}
WORDS = {"original", "said", "inferred"}
WHY = {"reason": "that was our mistake"}


def ways_back(command: Command, before: Any, event: Any) -> Iterator[Command]:
    """What leads back from a command that was taken, by the state before it and its (first) event."""
    if not INVERSES[type(command)]:
        return
    first, *others = INVERSES[type(command)]
    reason = getattr(event, "reason", None) or "so"
    id_ = {"id": command.id}
    match command:
        case DescribeDossier():
            # Words that it did not have are another event than what else it is described as.
            yield read(first, id_ | WHY | {"set": _as_it_was(before.details, command.set)})
        case (
            CorrectSource() | CorrectActor() | CorrectPlace() | CorrectReport()
            | DescribeIncident() | CorrectPerson()
        ):  # fmt: skip
            yield read(first, id_ | WHY | {"set": _as_it_was(before.details, event.set)})
        case CorrectClaim():
            # What a statement took over from another goes back with it. Words fall away, unless they are given anew.
            for mend in event.mends:
                made = numbered(before.statements, mend.statement, "statement")
                if made.retracted:
                    continue
                fields = mend.set.keys() - {"report"} | WORDS
                was = _as_it_was(made.content, fields) | ({"report": made.report} if "report" in mend.set else {})
                yield read(first, id_ | WHY | {"set": was, "statement": mend.statement})
        case RecordFate():
            yield read(first, id_ | WHY | {"set": _as_it_was(before.details, {"fates"})})
        case GradeSource():
            yield read(first, id_ | _graded(before, "reliability"))
        case GradeClaim():
            yield read(first, id_ | _graded(before, "credibility"))
        case DiscreditReport() if before.discredited_because is not None:
            yield read(others[0], id_ | {"reason": before.discredited_because})
        case LiftDiscrediting():
            yield read(first, id_ | {"reason": before.discredited_because})
        case RetractWithdrawal():
            was = before.withdrawn
            yield read(first, id_ | {"when": was.when, "report": was.report, "reason": was.reason})
        case ReviseClaim() | WithdrawClaim() | RetractStatement() | ReinstateStatement():
            again = before.statements if isinstance(command, ReinstateStatement) else ()
            because = next((each.retracted_because for each in again if each.number == event.statement), None)
            yield read(first, id_ | WHY | {"statement": event.statement} | ({"reason": because} if because else {}))
        case RelateClaim():
            related = {"relation": event.relation, "to": event.to, "remove": not event.removed}
            yield read(first, id_ | WHY | related)
        case LinkClaims() | UnlinkClaims() | LinkPerson() | UnlinkPerson():
            yield read(first, id_ | WHY | {"claims": event.claims})
        case SplitSource() | SplitActor() | SplitPlace() | SplitReport() | SplitIncident() | SplitPerson():
            yield read(first, id_ | WHY | {"into": before.merged_into})
        case ReinstateClaim() | ReinstatePerson():
            yield read(first, id_ | {"reason": before.retracted_because})
        case ReinstateAssessment():
            yield read(first, id_ | {"reason": before.withdrawn_because})
        case _:
            yield read(first, id_ | {"reason": reason})


def _as_it_was(before: Any, changed: Iterable[str]) -> dict[str, Any]:
    held = as_given(before)
    return {name: held.get(name) for name in changed}


def _graded(before: Any, grade: str) -> dict[str, Any]:
    return {grade: getattr(before, grade), "reason": before.graded_because or "so"}
