"""What is told since a day is answered as what is closed by hand, by when its report came out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from application.reading import Page
from domain import when
from domain.edition_sums import EditionSums, SumAsked
from infrastructure.questions.claims import ClaimFilter, claims_as_of
from infrastructure.questions.dataset_figures import dataset_figures
from infrastructure.questions.figures import FigureFilter
from infrastructure.questions.situation import Ruled, situation
from infrastructure.questions.tolls import periods_before
from tests import naive
from tests.histories import examples
from tests.infrastructure.test_changed_findings_oracle import everything, wire
from tests.infrastructure.test_oracle import House, Story, place, report
from tests.infrastructure.watching import in_no_order
from tests.naive_rules import closed_by_hand

OUT = ["2020-01-25", "2020-03-20T14:00:00Z", "2020-02", "2020-01-04", "2020-03-20", "2020", "2020-04/.."]
DATES = [
    "2020-01-05/..", "2020-01-05/..", "2020-01/..", "2020-03-20T15:00:00Z/..", "2020-02-10/", "2020-01-05?/..",
    "2020-01-05", "2020-01-05/2020-03-20", "2020-02-10", "2020-02", "2020-01-05/2020-02-10", "../2020-02-10", "2020-05",
]  # fmt: skip
MOMENTS = [
    None, "2020-01-05", "2020-01-25", "2020-02-10", "2020-03-20T14:30:00Z", "2020-03-20", "2020-03-21", "2020-06-20",
    "2025",
]  # fmt: skip
REPORTS = ["r1", "r2", "r3"]
words = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("figure"), "best": st.sampled_from([10, 20, 300]),
         "measure": st.sampled_from(["killed", "killed", "present"]), "incident": st.sampled_from([None, None, "i"])},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("control"), "actor": st.sampled_from(["a1", "a2"]),
         "status": st.sampled_from(["controls", "controls", "controls", "absent", "present"])},
        optional={"extent": st.sampled_from(["all", "part"])},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("occurrence"), "type": st.sampled_from(["capture", "withdrawal", "airstrike"]),
         "actors": st.sampled_from([{"by": ["a1"]}, {"by": ["a2"]}, {"by": ["a2"], "against": ["a1"]}]),
         "incident": st.sampled_from([None, "i"])},
    ),
)  # fmt: skip
told = st.tuples(
    words,
    st.fixed_dictionaries(
        {"when": st.sampled_from(DATES), "report": st.sampled_from(REPORTS), "claimant": st.sampled_from(["s1", "s2"]),
         "place": st.sampled_from(["town", "town", "town", "province"])},
        optional={"hedge": st.sampled_from(["possible", "intended"])},
    ),
).map(lambda both: both[0] | both[1])  # fmt: skip
publications = st.fixed_dictionaries(dict.fromkeys(REPORTS, st.sampled_from(OUT)))


def closed_by(date: str, published: str, zone: str) -> str:
    """By the day on which the report came out, or by the month or year of which no more is known."""
    by_hand = closed_by_hand(date, when.bounds(published, zone).latest, zone)
    return by_hand if by_hand == date or len(published) > len("2020-01") else f"{date.partition('/')[0]}/{published}"


def recorded(
    house: House, said: list[dict[str, Any]], filed: dict[str, str], mended: dict[str, str], zone: str, *, by_hand: bool
) -> Story:
    story = Story(house)
    story.tell(
        ("open_dossier", {"title": "Since", "time_zone": zone}),
        place("province", kind="adm1"), place("town", within="province"),
        *(("register_source", {"id": id_, "name": id_, "kind": "monitor"}) for id_ in ("s1", "s2")),
        *(("register_actor", {"id": id_, "name": id_, "kind": "armed_group"}) for id_ in ("a1", "a2")),
        *(report(id_, published, dataset="d") for id_, published in filed.items()),
    )  # fmt: skip
    incidents: list[str] = []
    for nth, one in enumerate(said):
        told_in = mended.get(one["report"], filed[one["report"]])
        content = {name: value for name, value in one.items() if name != "incident"}
        if by_hand:
            content["when"] = closed_by(one["when"], told_in, zone)
        if one["kind"] == "figure":
            content |= {"unit": "people", "qualifier": "stated"}
        story.tell(("record_claim", {"id": f"c{nth}"} | content))
        incidents += [f"c{nth}"] if one.get("incident") else []
    if incidents:
        story.tell(("open_incident", {"id": "i", "title": "I", "claims": incidents}))
    for id_, published in mended.items():
        if published != filed[id_]:
            story.tell(("correct_report", {"id": id_, "set": {"published": published}, "reason": "misread"}))
    return story


async def answers(house: House, story: Story, asked: naive.Asked) -> Any:
    """All that is asked of the two alike."""
    position = len(await house.events(story.id))
    found = await everything(house, story.id, position, asked)
    reading = await house.reading(story.id, None, asked)
    async with house.engine.connect() as connection:
        listed = [
            [(claim["id"], claim.get("holds")) for claim in await claims_as_of(connection, reading, wanted, Page())]
            for period in (None, (when.begun("2020-03", field=""), when.cut_off("2020-03", field="")))
            for certainly in (False, True)
            for wanted in [ClaimFilter(period=period, certainly=certainly)]
        ]
        sums = EditionSums(SumAsked(when.begun("2020", field=""), when.cut_off("2020-03-20", field=""), "month", "UTC"))
        async for claim in dataset_figures(connection, reading, FigureFilter("killed", "people"), None, stocks=False):
            sums.add(claim)
        there, before = None, None
        if asked.at is not None:
            there = await situation(connection, reading, Ruled("latest-per-claimant@2"))
            before = await periods_before(
                connection, reading, {("town", "killed,people"), ("province", "killed,people")}
            )
    aside = there and [
        {str(of): sorted((one.claim.claim, one.why) for one in some) for of, some in there.figures_aside},
        sorted((one.claim.claim, one.why) for one in there.occurrences_aside),
        {str(of): count for of, count in there.earlier_periods.items()},
    ]
    told = wire(
        [
            {f"{of}:{about}": one for (of, about), one in found.found.items() if of != "item"},
            found.at_odds,
            found.situation,
        ]
    )
    return in_no_order([_alike(told), listed, repr(sums.result()), aside, before and sorted(before.items())])


def _alike(told: Any) -> Any:
    """Without how it is dated, and with where it was closed."""
    if isinstance(told, dict):
        return {name: _alike(value) for name, value in told.items() if name not in ("when", "capped")}
    return [_alike(one) for one in told] if isinstance(told, (list, tuple)) else told


@examples(usual=30, thorough=1_500)
@given(
    said=st.lists(told, min_size=2, max_size=6),
    filed=publications,
    mended=st.one_of(st.just({}), st.fixed_dictionaries({"r2": st.sampled_from(OUT)})),
    zone=st.sampled_from(["UTC", "Asia/Damascus"]),
    moments=st.lists(st.sampled_from(MOMENTS), min_size=3, max_size=3),
)
def test_an_open_end_is_answered_as_the_day_that_closes_it(
    house: House,
    said: list[dict[str, Any]],
    filed: dict[str, str],
    mended: dict[str, str],
    zone: str,
    moments: list[str | None],
) -> None:
    both = [recorded(house, said, filed, mended, zone, by_hand=by_hand) for by_hand in (False, True)]

    async def work() -> None:
        for moment in moments:
            at = None if moment is None else when.cut_off(moment, zone, field="at")
            since, by_hand = [await answers(house, story, naive.Asked(at=at)) for story in both]
            assert since == by_hand, moment

    house.run(work())
