"""What figures call a disagreement is in the list of disagreements: of places, of incidents, by any clocks."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from application.findings import KINDS_OF_DISAGREEMENT
from domain import when
from domain.contradictions import CANNOT_ALL_BE_RIGHT
from domain.errors import DomainError
from domain.figures import LATEST_PER_CLAIMANT, at_odds
from domain.in_force import InForce
from domain.rules import RULES
from domain.topic import Topic, parse_topic
from infrastructure.questions.disagreements import Sought, disagreements
from infrastructure.questions.figures import topic_claims
from tests import naive, naive_questions
from tests.histories import examples
from tests.infrastructure.questions_answered import disagreements_agree
from tests.infrastructure.test_oracle import House, Story, place, report

REPORTS = {"r1": "2019-03-05", "r2": "2019-03-20"}
DAYS = ["2019-03-01", "2019-03-01", "2019-03-02", "2019-03-04", "2019-03-01T14:00:00Z", "2019-02-20/2019-03-01",
        "2019-02-20/2019-03-02", "2019-03", "2019-03-01/2019-03-04"]  # fmt: skip
MOMENTS = [None, None, "2019-03-01", "2019-03-02", "2019-03-03", "2019-03-10"]
CLAIMS = [f"c{nth}" for nth in range(7)]


def seldom(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None] * 3 * len(values) + [*values])


counts = st.fixed_dictionaries(
    {
        "measure": st.sampled_from(["killed"] * 5 + ["present"]),
        "report": st.sampled_from(list(REPORTS)),
        "best": st.sampled_from([5, 30, 90]),
        "when": st.sampled_from([*DAYS, None]),
        "claimant": st.sampled_from(["s", "t", "u", None]),
        "place": st.sampled_from(["town", "town", "market", "province", None]),
        "cause": seldom("airstrike", "mine"),
        "by": seldom("a", "b"),
        "group": st.sampled_from([None] * 9 + ["women"]),
        "hedge": st.sampled_from([None] * 9 + ["intended"]),
    }
).map(lambda said: {name: value for name, value in said.items() if value is not None})
of_incidents = st.lists(st.sampled_from([None, "i", "i", "i", "i", "j"]), min_size=len(CLAIMS), max_size=len(CLAIMS))
related = st.tuples(st.sampled_from(["part_of", "disputes"]), st.sampled_from(CLAIMS), st.sampled_from(CLAIMS))
clocks = st.tuples(st.sampled_from(MOMENTS), st.sampled_from([None, None, "2019-03-10"]))


@examples(usual=40, thorough=1_500)
@given(
    said=st.lists(counts, min_size=4, max_size=len(CLAIMS)),
    links=of_incidents,
    relations=st.lists(related, max_size=2),
    merged=st.booleans(),
    asked=st.lists(clocks, min_size=2, max_size=2),
)
@example(
    said=[
        {"measure": "killed", "report": "r1", "best": 5, "when": "2019-03-01", "claimant": "s", "place": "town"},
        {"measure": "killed", "report": "r1", "best": 30, "when": "2019-03-02", "claimant": "t", "place": "town"},
    ],
    links=["i"] * len(CLAIMS),
    relations=[],
    merged=False,
    asked=[(None, None), ("2019-03-02", None)],
)
@example(
    said=[
        {"measure": "killed", "report": "r1", "best": 5, "when": "2019-03-01", "claimant": "s", "place": "town"},
        {"measure": "killed", "report": "r1", "best": 30, "when": "2019-03-01", "claimant": "t", "place": "province"},
    ],
    links=["i"] * len(CLAIMS),
    relations=[],
    merged=False,
    asked=[(None, None), ("2019-03-01", None)],
)
@example(
    said=[
        {"measure": "killed", "report": "r1", "best": 5, "when": "2019-02-20/2019-03-01", "claimant": "s"},
        {"measure": "killed", "report": "r1", "best": 30, "when": "2019-02-20/2019-03-01", "claimant": "t"},
        {"measure": "killed", "report": "r2", "best": 90, "when": "2019-02-20/2019-03-02", "claimant": "s"},
    ],
    links=[None] * len(CLAIMS),
    relations=[],
    merged=False,
    asked=[("2019-03-01", None), (None, None)],
)
def test_what_makes_figures_disagree_is_among_the_disagreements(
    house: House,
    said: list[dict[str, Any]],
    links: list[str | None],
    relations: list[tuple[str, str, str]],
    merged: bool,
    asked: list[tuple[str | None, str | None]],
) -> None:
    story = told(house, said, links, relations, merged)

    async def work() -> None:
        log = await house.events(story.id)
        found = 0
        for at, reported_by in asked:
            then, by = (None if date is None else when.cut_off(date, field="") for date in (at, reported_by))
            clocks = naive.Asked(at=then, reported_by=by)
            dossier = naive.Dossier(log, len(log))
            reading = await house.reading(story.id, None, clocks)
            async with house.engine.connect() as connection:
                await disagreements_agree(connection, reading, dossier, clocks, None)
                await disagreements_agree(connection, reading, dossier, clocks, "town")
                for topic in topics_of(dossier, clocks):
                    claims = (await topic_claims(connection, reading, topic, LATEST_PER_CLAIMANT)).claims
                    groups = RULES[LATEST_PER_CLAIMANT].function(claims, then).groups
                    disagree = sorted(str(group.incident) for group in groups if group.verdict == "disagree")
                    pairs = list(at_odds(claims, then))
                    assert {str(pair.incident) for pair in pairs} == set(disagree)
                    for pair in pairs:
                        both = (pair.one.claim, pair.other.claim)
                        assert await is_listed(house, connection, story, clocks, *both), (
                            str(topic),
                            clocks,
                            [(one.claim, one.content.place, one.content.when) for one in both],
                        )
                    found += len(pairs)
        event(f"at odds: {min(found, 5)}")

    house.run(work())


def told(
    house: House,
    said: list[dict[str, Any]],
    links: list[str | None],
    relations: list[tuple[str, str, str]],
    merged: bool,
) -> Story:
    story = Story(house)
    ids = CLAIMS[: len(said)]
    figures = [
        ("record_claim", {"id": id_, "kind": "figure", "unit": "people", "qualifier": "stated"} | one)
        for id_, one in zip(ids, said, strict=True)
    ]
    of_each = {of: [id_ for id_, one in zip(ids, links, strict=False) if one == of] for of in ("i", "j")}
    story.tell(
        ("open_dossier", {"title": "At odds"}),
        place("province", kind="adm1"),
        place("town", kind="town", within="province"),
        place("market", kind="site", within="town"),
        *(("register_source", {"id": id_, "name": id_, "kind": "monitor"}) for id_ in ("s", "t", "u")),
        *(("register_actor", {"id": id_, "name": id_, "kind": "militia"}) for id_ in ("a", "b")),
        *(report(id_, published) for id_, published in REPORTS.items()),
        *figures,
        *(("open_incident", {"id": of, "title": of, "claims": claims}) for of, claims in of_each.items()),
    )
    for relation, one, other in relations:
        if {one, other} <= set(ids) and one != other:
            with suppress(DomainError):
                story.tell(("relate_claim", {"id": one, "relation": relation, "to": [other], "reason": "so it is"}))
    if merged:
        story.tell(("merge_incident", {"id": "j", "into": "i", "reason": "one strike"}))
    return story


def topics_of(dossier: naive.Dossier, clocks: naive.Asked) -> Iterator[Topic]:
    """All that can be asked for: each alone, with what tells of incidents there, and of an incident anywhere."""
    found = {
        parse_topic(topic)
        for apart in (True, False)
        for topic in naive_questions.topics(dossier, clocks, incidents_apart=apart)
    }
    for topic in [topic for topic in found if topic.incident is not None]:
        for by, cause in product((None, "a", "b"), (None, "airstrike", "mine")):
            found.add(topic._replace(place=None, by=by, cause=cause))
    yield from sorted(found, key=str)


async def is_listed(
    house: House, connection: AsyncConnection, story: Story, clocks: naive.Asked, *pair: InForce
) -> bool:
    """Whether a pair is in the list of that moment; if it is over for one, in that of their own moments, or of all."""
    moments = [clocks.at]
    if clocks.at is not None and not all(claim.may_be_of(clocks.at) for claim in pair):
        moments += [None, *(claim.so.latest_end for claim in pair if claim.so is not None)]
    for at in moments:
        reading = await house.reading(story.id, None, replace(clocks, at=at))
        sought = Sought(KINDS_OF_DISAGREEMENT, None, CANNOT_ALL_BE_RIGHT)
        found, _ = await disagreements(connection, reading, sought, None, 1000)
        if {claim.claim for claim in pair} in [ids_of(one.found) for one in found]:
            return True
    return False


def ids_of(found: Any) -> set[str]:
    pair = found if isinstance(found, tuple) else (found.one, found.other)
    return {one.claim if isinstance(one, InForce) else one.claim.claim for one in pair}
