"""Every act has its inverse: what was recorded, in whosever's name, can be unsaid, and then all is as it was."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest
from pydantic.fields import FieldInfo

from domain.actor import ActorDetails, ActorRegistered, ReinstateActor, RetractActor
from domain.assessment import AssessmentDetails, AssessmentIssued, ReinstateAssessment, WithdrawAssessment
from domain.claim import ClaimRecorded, ReinstateClaim, RetractClaim
from domain.dossier import OpenDossier
from domain.events import AnyCommand
from domain.fact import Command, Fact
from domain.incident import IncidentDetails, IncidentOpened, ReinstateIncident, RetractIncident
from domain.person import PersonDetails, PersonRegistered, ReinstatePerson, RetractPerson
from domain.place import PlaceDetails, PlaceRegistered, ReinstatePlace, RetractPlace
from domain.report import ReinstateReport, ReportDetails, ReportFiled, RetractReport
from domain.source import ReinstateSource, RetractSource, SourceDetails, SourceRegistered
from tests.domain.given import RULES, Given, words
from tests.inverses import INVERSES

FIRST: Mapping[str, Fact] = {
    "incident": IncidentOpened(details=IncidentDetails(title="I")),
    "source": SourceRegistered(details=SourceDetails(name="S", kind="monitor")),
    "actor": ActorRegistered(details=ActorDetails(name="A", kind="militia")),
    "place": PlaceRegistered(details=PlaceDetails(name="P", kind="town")),
    "report": ReportFiled(details=ReportDetails(label="R", published="2018")),
    "claim": ClaimRecorded(report="oct", content=words()),
    "person": PersonRegistered(details=PersonDetails(name="N")),
    "assessment": AssessmentIssued(
        details=AssessmentDetails(place="hajin", finding="F", grade="fair", claims=("other",), because="B")
    ),
}
UNSAID_AND_BACK: Mapping[str, tuple[type[Command], type[Command]]] = {
    "source": (RetractSource, ReinstateSource),
    "actor": (RetractActor, ReinstateActor),
    "place": (RetractPlace, ReinstatePlace),
    "report": (RetractReport, ReinstateReport),
    "claim": (RetractClaim, ReinstateClaim),
    "incident": (RetractIncident, ReinstateIncident),
    "person": (RetractPerson, ReinstatePerson),
    "assessment": (WithdrawAssessment, ReinstateAssessment),
}


@pytest.mark.parametrize("kind", UNSAID_AND_BACK)
def test_what_was_unsaid_as_our_mistake_is_taken_up_again_as_it_was(kind: str) -> None:
    unsay, say_again = (model.model_validate({"id": "x", "reason": "so"}) for model in UNSAID_AND_BACK[kind])
    one = Given(RULES[kind], FIRST[kind])
    before = one.state
    one.refuses(say_again, "assessment_not_withdrawn" if kind == "assessment" else "not_retracted")
    assert one.after(unsay).state != before
    assert one.when(unsay) == []
    (event,) = one.when(say_again)
    assert (event.type, event.reason) == (f"{kind}.reinstated", "so")
    assert one.after(say_again).state == before


def every_command(union: Any) -> set[type[Command]]:
    if isinstance(union, type):
        return {union}
    return set().union(*map(every_command, (one for one in get_args(union) if not isinstance(one, FieldInfo))))


def test_every_command_has_an_inverse_that_is_one_too() -> None:
    assert set(INVERSES) == every_command(AnyCommand)
    assert {back for ways in INVERSES.values() for back in ways} <= set(INVERSES)
    assert [command for command, ways in INVERSES.items() if not ways] == [OpenDossier]
