"""Dates that are likely mistyped, of incidents, reports and persons; those of claims are in `test_claim`."""

from typing import Any

import pytest

from domain import incident, person, report
from domain.claim import ClaimRecorded
from domain.content import Figure, Occurrence
from domain.fact import Command, Fact
from domain.fields import read
from domain.incident import DescribeIncident, IncidentDetails, IncidentLinked, IncidentOpened, LinkClaims, OpenIncident
from domain.odd_dates import excludes
from domain.person import CorrectPerson, PersonDetails, PersonRegistered, RecordFate, RegisterPerson
from domain.report import CorrectReport, FileReport, ReportDetails, ReportFiled, WithdrawReport
from domain.second_looks import MOST_CLAIMS, second_looks
from tests.domain.given import NOW, Given

P1 = "per-0000000000000001"


def looks(one: Given, command: Command) -> list[tuple[str, str]]:
    events, known = one.decided(command)
    return [(look.code, look.field) for look in second_looks(one.state, command, events, known, NOW)]


def filed(published: str, **more: Any) -> Command:
    return read(FileReport, {"id": "r", "label": "R", "published": published} | more)


FILED = ReportFiled(details=ReportDetails(label="R", published="2018-12-01"))
KILLED = PersonRegistered(details=PersonDetails(name="Somebody"))
OPENED = IncidentOpened(details=IncidentDetails(title="A strike"))


@pytest.mark.parametrize(
    ("one", "command", "field"),
    [
        (Given(report), filed("2202-01-20"), "published"),
        (Given(report), filed("2XXX", published_bounds="2202-01-20"), "published"),
        (Given(report, FILED), CorrectReport(id="r", set={"published": "2202"}, reason="misread"), "set.published"),
        (Given(report, FILED), WithdrawReport(id="r", when="2202", reason="taken down"), "when"),
        (Given(incident), OpenIncident(id="i", title="A strike", when="2202"), "when"),
        (Given(incident, OPENED), DescribeIncident(id="i", set={"when": "2202"}, reason="misread"), "set.when"),
        (Given(person), RegisterPerson(id=P1, name="S", fates={"fate": "killed", "when": "2202"}), "fates"),
        (Given(person, KILLED), RecordFate(id=P1, fate="killed", when="2202"), "when"),
        (Given(person, KILLED),
         CorrectPerson(id=P1, set={"fates": [{"fate": "killed", "when": "2202"}]}, reason="misread"), "set.fates"),
    ],
)  # fmt: skip
def test_what_has_not_come_yet_is_warned_of(one: Given, command: Command, field: str) -> None:
    assert looks(one, command) == [("in_the_future", field)]


def test_what_may_have_come_is_not() -> None:
    """It is noon of the first of January 2020; elsewhere the second has begun, and the year goes on."""
    for published in ("2020-01-01", "2020-01-02", "2020", "2020-01", "2018/..", "2019-12-31?"):
        assert looks(Given(report), filed(published)) == []
    assert looks(Given(report), filed("2020-01-03")) == [("in_the_future", "published")]
    assert looks(Given(report, FILED), CorrectReport(id="r", set={"label": "Another"}, reason="misread")) == []


def test_what_is_a_century_ago_is_warned_of() -> None:
    assert looks(Given(report), filed("1918-11-11")) == [("far_in_the_past", "published")]
    assert looks(Given(incident), OpenIncident(id="i", title="A strike", when="0202")) == [("far_in_the_past", "when")]
    assert looks(Given(report), filed("1921")) == []


def test_a_claim_of_another_time_than_its_incident_is_warned_of() -> None:
    killed = Figure(kind="figure", measure="killed", unit="people", best=5, qualifier="stated", when="0020-01-05")
    raid = Occurrence(kind="occurrence", type="raid", when="2018-10-05")
    told: dict[tuple[str, str], list[Fact]] = {
        ("claim", "old"): [ClaimRecorded(report="oct", content=killed)],
        ("claim", "raid"): [ClaimRecorded(report="oct", content=raid)],
    }
    apart = [("incident_at_another_time", "claims")]
    of_october = IncidentOpened(details=IncidentDetails(title="A raid", when="2018-10"))
    link = LinkClaims(id="i", claims=["raid", "old", "other"])
    assert looks(Given(incident, of_october, beside=told), link) == apart
    assert looks(Given(incident, OPENED, beside=told), link) == []
    opened = {"id": "i", "title": "A raid", "claims": ["raid"]}
    assert looks(Given(incident, beside=told), read(OpenIncident, opened | {"when": "2018-10-05"})) == []
    assert looks(Given(incident, beside=told), read(OpenIncident, opened | {"when": "2018-10-06"})) == apart
    assert looks(Given(incident, beside=told), read(OpenIncident, opened | {"when": "2018-10-06~"})) == []
    linked = [of_october, IncidentLinked(claims=["raid"])]
    described = [
        looks(Given(incident, *linked, beside=told), DescribeIncident(id="i", set=set_, reason="misread"))
        for set_ in ({"when": "2018-11"}, {"when": "2018-10-05"}, {"when": None}, {"title": "The raid"})
    ]
    assert described == [[("incident_at_another_time", "set.when")], [], [], []]


def test_no_more_than_a_few_claims_of_an_incident_are_told() -> None:
    raid = ClaimRecorded(report="oct", content=Occurrence(kind="occurrence", type="raid", when="2018-10-05"))
    names = [f"c{n}" for n in range(2 * MOST_CLAIMS)]
    one = Given(incident, beside={("claim", name): [raid] for name in names})
    assert len(looks(one, OpenIncident(id="i", title="A raid", when="2019", claims=names))) == MOST_CLAIMS


def test_a_toll_is_held_against_all_of_its_period() -> None:
    def killed(when: str) -> Figure:
        return Figure(kind="figure", measure="killed", unit="people", best=5, qualifier="stated", when=when)

    assert not excludes("2018-10-05", killed("2018-10-01/2018-10-31"), "UTC")
    assert not excludes("2018-10-05", killed("2018-10"), "UTC")
    assert excludes("2018-10-05", killed("2018-10-06/2018-10-31"), "UTC")
    assert not excludes("2018-10-05", killed("2018-10-06/2018-10-31?"), "UTC")
