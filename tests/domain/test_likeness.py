from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.content import Content, Figure
from domain.figures import latest_per_claimant
from domain.likeness import ABOUT, likeness
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
