"""Whether anybody still tells of an incident: for any links, whatever became of claims and reports, by any clocks."""

from contextlib import suppress
from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st

from application.reading import Page
from domain import when
from domain.errors import DomainError
from domain.incident import IncidentStanding
from infrastructure.questions.incidents import IncidentFilter, incidents_found
from tests import naive, naive_incidents
from tests.histories import examples
from tests.infrastructure.test_oracle import House, Story, figure, report

CLAIMS = {"c1": "oct", "c2": "oct", "c3": "nov"}
STANDINGS: tuple[IncidentStanding, ...] = ("stands", "nothing_left", "not_reported", "unlinked", "retracted")
Befallen = tuple[str, str, dict[str, Any]]
BEFALLS: list[Befallen] = [
    *(("withdraw_claim", claim, {"report": "dec"}) for claim in CLAIMS),
    *(("retract_claim", claim, {}) for claim in CLAIMS),
    ("withdraw_report", "oct", {"report": "dec"}), ("withdraw_report", "nov", {"when": "2018-12-01"}),
    *((name, id_, {}) for name in ("discredit_report", "retract_report") for id_ in ("oct", "nov", "dec")),
    ("merge_report", "nov", {"into": "oct"}), ("merge_incident", "i", {"into": "j"}),
    ("unlink_claims", "i", {"claims": ["c1"]}), ("retract_incident", "j", {}),
]  # fmt: skip
linked = st.lists(st.sampled_from(list(CLAIMS)), unique=True)
clocks = st.tuples(
    st.sampled_from([None, "2018-10-31", "2018-11-30", "2018-12-31"]), st.sampled_from(["certain", "possible"])
)


@examples(usual=25, thorough=800)
@given(
    of_i=linked,
    of_j=linked,
    befell=st.lists(st.sampled_from(BEFALLS), max_size=5, unique_by=lambda one: (one[0].partition("_")[2], one[1])),
    asked=st.lists(clocks, min_size=2, max_size=2),
)
@example(of_i=["c1"], of_j=["c3"], befell=[("discredit_report", "oct", {})], asked=[(None, "certain")])
@example(of_i=["c1", "c3"], of_j=[], befell=[("retract_claim", "c1", {})], asked=[("2018-10-31", "certain")])
@example(of_i=["c1", "c3"], of_j=[], befell=[("discredit_report", "oct", {})], asked=[("2018-10-31", "certain")])
def test_an_incident_says_whether_anybody_tells_of_it_as_the_naive_evaluator_does(
    house: House, of_i: list[str], of_j: list[str], befell: list[Befallen], asked: list[tuple[str | None, Any]]
) -> None:
    story = Story(house)
    story.tell(
        ("open_dossier", {"title": "What is left"}),
        *(report(id_, f"2018-{month}-15") for id_, month in (("oct", "10"), ("nov", "11"), ("dec", "12"))),
        *(figure(id_, in_, 5, measure="killed", when="2018-10-01") for id_, in_ in CLAIMS.items()),
        ("open_incident", {"id": "i", "title": "I", "claims": of_i}),
        ("open_incident", {"id": "j", "title": "J", "claims": of_j}),
    )
    for name, id_, fields in befell:
        # Nothing is said in what was retracted, or of it.
        with suppress(DomainError):
            story.tell((name, {"id": id_, "reason": "so it was"} | fields))

    async def work() -> None:
        log = await house.events(story.id)
        for reported_by, certainty in asked:
            by = None if reported_by is None else when.cut_off(reported_by, field="")
            then = naive.Asked(reported_by=by, certainty=certainty)
            reading = await house.reading(story.id, None, then)
            expected = naive_incidents.incidents_by_then(naive.Dossier(log, reading.position), then)
            async with house.engine.connect() as connection:
                found = await incidents_found(connection, reading, IncidentFilter(), Page())
                assert [one for one, _ in found] == expected
                for standing in STANDINGS:
                    those = await incidents_found(connection, reading, IncidentFilter(standing=standing), Page())
                    assert [one for one, _ in those] == [one for one in expected if one["standing"] == standing]
            for one in expected:
                event(one["standing"])

    house.run(work())
