from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.content import Content, Figure
from domain.figures import latest_per_claimant
from domain.likeness import ABOUT, contradict, likeness
from domain.topic import topic_of
from tests.domain.claims_given import said

_content: TypeAdapter[Any] = TypeAdapter(Content)


def of_figure(time_zone: str = "UTC", **more: Any) -> str:
    five = {"kind": "figure", "measure": "killed", "unit": "people", "best": 5, "qualifier": "stated"}
    return likeness(Figure.model_validate(five | more), time_zone)


def of_occurrence(**more: Any) -> str:
    return likeness(_content.validate_python({"kind": "occurrence", "type": "attack"} | more), "UTC")


def test_a_figure_is_the_same_whatever_its_words_and_however_sure_the_recorder() -> None:
    same = of_figure(place="hajin", via=["reuters"])
    beside: dict[str, Any] = {
        "original": "five",
        "note": "p. 3",
        "hedge": "possible",
        "inferred": ["place"],
        "coded": {"a": 1},
    }
    assert of_figure(place="hajin", via=["reuters"], **beside) == same
    others: list[dict[str, Any]] = [{}, {"place": "hajin"}, {"cause": "hajin", "via": ["reuters"]}]
    others += [{"place": "hajin", "via": ["reuters"], **more} for more in ({"qualifier": "about"}, {"when": "2018"})]
    assert same not in {of_figure(**other) for other in others}


def test_an_intended_figure_is_not_the_same_as_one_that_came_about() -> None:
    intended, other = of_figure(hedge="intended"), of_figure(hedge="intended", best=6)
    assert len({one[:ABOUT] for one in (intended, other, of_figure())}) == 3


def test_the_likeness_of_a_figure_is_stored_and_stays() -> None:
    assert of_figure(place="hajin") == "3a9b6a6aba835ee3ffce0c97408eb130"


def test_a_day_is_that_of_the_dossier() -> None:
    assert of_figure("Asia/Damascus", when="2018-12-17") != of_figure(when="2018-12-17")
    assert of_figure("Asia/Damascus") == of_figure()


def test_an_occurrence_is_the_same_by_type_place_actors_and_time() -> None:
    told = {"place": "hajin", "when": "2018-12-17", "actors": {"by": ["is", "sdf"]}}
    same = of_occurrence(**told)
    assert of_occurrence(**told, methods=["mortar"], note="p. 3", text="Words", coded={"row": 3}) == same
    assert of_occurrence(**told | {"actors": {"by": ["sdf", "is"]}}) == same
    for other in (
        {"type": "raid"}, {"place": "baghouz"}, {"when": "2018-12-18"}, {"actors": {"against": ["is", "sdf"]}},
        {"actors": {"by": ["is"]}}, {"claimant": "sohr"}, {"hedge": "intended"},
    ):  # fmt: skip
        assert of_occurrence(**told | other) != same
    # Of which there may be many.
    assert of_occurrence(actors={"by": ["is"]}) == ""


def of_control(**more: Any) -> str:
    held = {"kind": "control", "status": "controls", "actor": "is", "place": "hajin", "when": "2018-12-17"}
    told = {name: value for name, value in (held | more).items() if value is not None}
    return likeness(_content.validate_python(told), "UTC")


def test_a_state_of_a_place_is_the_same_by_all_but_its_words() -> None:
    same = of_control()
    assert of_control(note="p. 3", text="Words", original="held", via=["reuters"]) == same
    others: list[dict[str, Any]] = [
        {"status": "present"}, {"actor": "sdf"}, {"place": "baghouz"}, {"when": "2018-12-18"}, {"claimant": "sohr"},
        {"extent": "part"}, {"against": "sdf"}, {"side": ["north"]}, {"hedge": "possible"}, {"when": None},
    ]  # fmt: skip
    assert len({same, *(of_control(**other) for other in others)}) == 1 + len(others)
    assert of_control(side=["north", "south"]) == of_control(side=["south", "north"])


def test_what_cannot_be_so_beside_it() -> None:
    held, gone = of_control(), of_control(status="absent")
    for other in (of_control(actor="sdf"), gone, of_control(actor="sdf", extent="all")):
        assert contradict(held, other)
        assert contradict(other, held)
    for beside in (
        {}, {"status": "contests", "actor": "sdf"}, {"status": "absent", "actor": "sdf"}, {"status": "present"},
        {"actor": "sdf", "extent": "part"}, {"actor": "sdf", "side": ["north"]}, {"actor": "sdf", "hedge": "possible"},
        {"actor": "sdf", "when": "2018-12-18"}, {"actor": "sdf", "claimant": "sohr"}, {"actor": None},
        {"actor": "sdf", "place": "baghouz"}, {"status": "absent", "extent": "pockets"},
    ):  # fmt: skip
        assert not contradict(held, of_control(**beside))
        assert not contradict(of_control(**beside), held)
    # In a month, or at no known time, one may have followed the other.
    for vague in ("2018-12", None):
        assert not contradict(of_control(when=vague), of_control(when=vague, actor="sdf"))
    assert contradict(of_control(when="2018-12-01/2018-12-31"), of_control(when="2018-12-01/2018-12-31", actor="sdf"))


# As few values as meet often, so that most pairs are of one topic.
figures = st.fixed_dictionaries(
    {
        "kind": st.just("figure"),
        "measure": st.sampled_from(["killed", "fighters"]),
        "unit": st.just("people"),
        "number": st.sampled_from(
            [
                {"qualifier": "stated", "best": 5},
                {"qualifier": "about", "best": 5},
                {"qualifier": "stated", "best": 6},
                {"qualifier": "vague", "magnitude": "dozens"},
                {"qualifier": "some"},
                {"qualifier": "most"},
                {"qualifier": "unknown"},
            ]
        ),
    },
    optional={
        "claimant": st.just("sohr"),
        "via": st.just(["reuters"]),
        "hedge": st.sampled_from(["possible", "intended"]),
        "when": st.sampled_from(["2018-12", "2018-12~", "2018-12-17"]),
        "place": st.just("hajin"),
        "group": st.just("women"),
        "dimensions": st.just({"origin": "idlib"}),
    },
)


@given(figures, figures)
def test_two_of_a_report_that_count_the_same_are_those_that_the_rule_calls_ambiguous(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    claims = [said(f"c{nth}", **each.pop("number"), **each) for nth, each in enumerate((one, other))]
    likenesses = [likeness(claim.content, "UTC") for claim in claims]
    by_topic: dict[Any, list[Any]] = {}
    for claim in claims:
        by_topic.setdefault(topic_of(cast(Figure, claim.content)), []).append(claim)
    groups = [group for each in by_topic.values() for group in latest_per_claimant(each, None).groups]
    ambiguous = any(group.verdict == "ambiguous" for group in groups)
    alike = likenesses[0] == likenesses[1]
    count_the_same = likenesses[0][:ABOUT] == likenesses[1][:ABOUT]
    if ambiguous:
        assert count_the_same
    elif count_the_same:
        # The very same that no rule counts: not known, or intended.
        assert alike
