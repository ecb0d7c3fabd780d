"""The rules answer as the naive ones do, worked out apart from docs/rules.md: for any claims, at any moment."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from hypothesis import event, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain import when
from domain.content import Content, is_period
from domain.contradictions import contradictions, contradictions_1
from domain.control import CONTROL_FROM_SNAPSHOTS, CONTROL_FROM_SNAPSHOTS_1, ControlRule, control
from domain.control_timeline import timeline
from domain.edition_sums import EditionSums, SumAsked
from domain.estimate import MEASURES, Magnitude, Qualifier
from domain.figures import (
    at_odds,
    latest_per_claimant,
    latest_per_claimant_1,
    standing_then,
    widest_range,
    widest_range_1,
)
from domain.in_force import BasedOn, InForce, Voice
from domain.sides import Sides
from domain.together import together
from domain.when import EARLIEST, LATEST
from domain.words import Range, range_of
from tests import naive_control, naive_rules, naive_sums
from tests.histories import examples, maybe

Claim = dict[str, Any]

_content: TypeAdapter[Any] = TypeAdapter(Content)

DATES = [
    "2018-10-11", "2018-10-12", "2018-10-14", "2018-10", "2018-10~", "2018-12", "2018-10-12T10:00:00Z", "2018",
    "2018-10-11/2018-10-14", "2018-10-12/2018-10-14", "2018-10-11/2018-10", "2018-10/2018-12", "2018-09/2018-10-12",
    "../2018-10-12", "2018-10-12/..", "2018-10-14/2018-10-16", "2018-10-14T10:00:00Z", "2018-10-14/2018-12",
    "2018-10-11/2018-10-14T10:00:00Z", "2018-10-14T10:00:00Z/2018-10-16",
]  # fmt: skip
MOMENTS = sorted(
    {
        moment
        for date in DATES
        for bound in (when.bounds(date),)
        for edge in (bound.earliest, bound.latest)
        for moment in (edge - 1, edge, edge + 1)
        if -(2**62) < moment < 2**62
    }
)
# Few enough to meet and to follow one another; the others come in between.
OFTEN = [
    "2018-10-01",
    "2018-10-11",
    "2018-10-12",
    "2018-10-14",
    "2018-10",
    "2018-10-11/2018-10-14",
    "2018-10-20",
    "2018-12",
]
REPORTS = ["r1", "r2", "r3"]
ALWAYS = ((EARLIEST, LATEST),)
# Among them one that changes sides, and one that is of a side for a time, and again.
SIDES: dict[str, dict[str, Any]] = {
    "a1": {"a1": ALWAYS},
    "a2": {"a2": ALWAYS},
    "a3": {"a3": ALWAYS, "a1": ALWAYS},
    "a4": {"a4": ALWAYS, "a1": ALWAYS},
    "a5": {
        "a5": ALWAYS,
        "a1": ((EARLIEST, when.bounds("2018-10-12").latest),),
        "a2": ((when.bounds("2018-10-14").earliest, LATEST),),
    },
    "a6": {
        "a6": ALWAYS,
        "a1": tuple((when.bounds(day).earliest, when.bounds(day).latest) for day in ("2018-10-11", "2018-10-20")),
    },
}

# When those certainly were: of one it is not known when it came, of another not always.
CERTAIN: dict[str, dict[str, Any]] = SIDES | {
    "a4": {"a4": ALWAYS},
    "a5": {"a5": ALWAYS, "a2": ((when.bounds("2018-10-20").earliest, LATEST),)},
    "a6": {"a6": ALWAYS, "a1": (SIDES["a6"]["a1"][0],)},
}
certain = st.sampled_from([None, CERTAIN, CERTAIN, {actor: {actor: ALWAYS} for actor in SIDES}])

moments = maybe(st.sampled_from(MOMENTS))
dates = st.sampled_from([*OFTEN, *OFTEN, *OFTEN, *DATES])
publications = st.fixed_dictionaries(
    {report: st.sampled_from(["2018-10-15", "2018-10-31", "2018-10"]) for report in REPORTS}
)
actors = st.sampled_from(["a1", "a1", *SIDES])
months = {month: when.bounds(month) for month in ("2018-09", "2018-10", "2018-12")}
AROUND: dict[str, Any] = {
    "town": ALWAYS,
    "country": ALWAYS,
    "area": ((EARLIEST, months["2018-09"].latest), (when.bounds("2018-10-12").earliest, months["2018-10"].latest)),
}
# When it certainly was in the area: from some time in September on not, and again for some days of October.
SURELY: dict[str, Any] = {
    "town": ALWAYS,
    "country": ALWAYS,
    "area": (
        (EARLIEST, months["2018-09"].earliest),
        (when.bounds("2018-10-14").earliest, when.bounds("2018-10-20").latest),
    ),
}
surely = st.sampled_from([None, SURELY, {"town": ALWAYS, "country": ALWAYS}])


def rarely(*values: Any, out_of: int = 12) -> st.SearchStrategy[Any]:
    """One of these now and then, mostly None: left to itself Hypothesis says every other time yes, and likes ends."""
    middle = out_of // 2
    return st.integers(0, out_of).map(lambda drawn: dict(enumerate(values, middle)).get(drawn))


def content_of(fields: dict[str, Any]) -> st.SearchStrategy[Claim]:
    """What is None is not said."""
    return st.fixed_dictionaries(fields).map(
        lambda said: {name: value for name, value in said.items() if value is not None}
    )


SAID: dict[str, Any] = {
    "claimant": st.sampled_from(["s1", "s1", "s1", "s2", "s2", None]),
    "hedge": rarely("intended", "possible", "hearsay", "indications", out_of=8),
}


NEEDED: dict[str, tuple[str, ...]] = {
    "at_least": ("low",),
    "more_than": ("low",),
    "at_most": ("high",),
    "fewer_than": ("high",),
    "between": ("low", "high"),
}
QUALIFIERS = [*get_args(Qualifier), "stated", "about", "between"]


@st.composite
def estimates(draw: st.DrawFn, measure: str, unit: str) -> Claim:
    """Numbers as a qualifier has them."""
    count = st.one_of(st.integers(0, 40), st.sampled_from([100, 305, 1_300, 2_000, 45_000, 10**15]))
    if unit == "km2":
        count = st.one_of(count, st.integers(0, 400).map(lambda quarters: quarters / 4), st.just(0.3))
    if unit == "percent":
        count = st.one_of(st.integers(0, 100), st.sampled_from([0.5, 99.5]))
    low, best, high = sorted(draw(st.lists(count, min_size=3, max_size=3)))
    qualifier = draw(st.sampled_from(QUALIFIERS))
    numbers = {"low": low, "best": best, "high": high}
    if qualifier == "vague":
        said: Claim = {"magnitude": draw(st.sampled_from(get_args(Magnitude)))}
    elif qualifier in ("stated", "about"):
        named = draw(st.lists(st.sampled_from(list(numbers)), min_size=1, max_size=3, unique=True))
        said = {name: numbers[name] for name in named}
    else:
        said = {name: numbers[name] for name in NEEDED.get(qualifier, ())}
        if said and draw(st.sampled_from([True, False])):
            said["best"] = best
    return {"kind": "figure", "measure": measure, "unit": unit, "qualifier": qualifier} | said


def stated(measure: str, unit: str, best: int) -> Claim:
    return {"kind": "figure", "measure": measure, "unit": unit, "qualifier": "stated", "best": best}


figures = st.sampled_from([(measure, unit) for measure, kind in MEASURES.items() for unit in kind.units])


@st.composite
def claims(
    draw: st.DrawFn, contents: st.SearchStrategy[Claim], most: int = 7, when_: st.SearchStrategy[str] = dates
) -> list[Claim]:
    """Claims in force, in any order, as plain data."""
    published = draw(publications)
    said = [
        content if draw(rarely("undated")) else content | {"when": draw(when_)}
        for content in draw(st.one_of([st.lists(contents, min_size=least, max_size=most) for least in (1, 4)]))
    ]
    ids = [f"c{nth}" for nth in range(1, len(said) + 1)]
    positions = draw(st.permutations(range(1, len(said) + 1)))
    derived = draw(
        st.fixed_dictionaries({report: st.lists(rarely(*REPORTS, out_of=8), max_size=2) for report in REPORTS})
    )
    credited = {report: draw(rarely("s1", "s2", out_of=8)) for report in REPORTS}
    found: list[Claim] = []
    for nth, (claim_id, content) in enumerate(zip(ids, said, strict=True)):
        report = draw(st.sampled_from(REPORTS))
        out = when.bounds(published[report])
        others = st.lists(st.sampled_from([id_ for id_ in ids if id_ != claim_id]), max_size=1) if nth else st.just([])
        found.append(
            {
                "id": claim_id,
                "content": content,
                "report": report,
                "filed_in": draw(rarely("r8", "r9", out_of=4)),
                "published": (out.earliest, out.latest),
                "so": span(content, out),
                "open": span(content),
                "recorded_position": positions[nth],
                "withdrawn": draw(rarely(True)) is True,
                "discredited": draw(rarely(True)) is True,
                "incidents": sorted(draw(st.sets(st.sampled_from(["i1", "i2"]), max_size=draw(st.integers(0, 2))))),
                "dataset": draw(st.sampled_from(["ged", "ged", "daily"])),
                "parts": draw(others) if draw(st.integers(0, 5)) == 0 else [],
                "disputes": draw(others) if draw(st.integers(0, 5)) == 0 else [],
                "same_origin": draw(rarely("x1", out_of=4)),
                "derived_from": sorted({other for other in derived[report] if other not in (None, report)}),
                "rests_on": [other for other in [draw(rarely(*REPORTS, out_of=8))] if other is not None],
                "credits": [other for other in [credited[report]] if other is not None],
            }
        )
    return found


def moments_of(found: list[Claim]) -> st.SearchStrategy[int | None]:
    """Where an answer about these claims may turn, or none."""
    edges = [
        edge
        for claim in found
        for so in (claim["so"], claim["open"])
        if so
        for edge in (so.earliest_start, so.latest_end)
    ]
    beside = [edge + step for edge in edges if EARLIEST < edge < LATEST for step in (-1, 0, 1)]
    return st.sampled_from([None, *sorted({*beside, *MOMENTS[::9]})])


def span(content: Claim, out: when.Bounds | None = None) -> when.Span | None:
    """As it is dated, or as a report that was `out` then tells it."""
    period = content["kind"] == "figure" and content["measure"] not in naive_rules.STOCKS
    if "when" not in content:
        return None
    dated = when.span(content["when"], period=period)
    return dated if out is None else naive_rules.closed(dated, content["when"], out, "UTC")


def in_force(claim: Claim) -> InForce:
    content = _content.validate_python(claim["content"])
    assert is_period(content) == (claim["content"].get("measure") not in {None, *naive_rules.STOCKS})
    so = claim["open"]
    return InForce(
        claim["id"],
        content,
        claim["report"],
        when.Bounds(*claim["published"]),
        so,
        claim["recorded_position"],
        claim["withdrawn"],
        claim["discredited"],
        tuple(claim["incidents"]),
        claim["dataset"],
        tuple(claim["parts"]),
        tuple(claim["disputes"]),
        claim["same_origin"],
        BasedOn(*(frozenset(claim[name]) for name in ("derived_from", "rests_on", "credits"))),
        filed_in=claim["filed_in"],
        lies_in=frozenset(claim.get("lies_in", ())),
        day_over=so and when.day_over(when.Bounds(so.earliest_end, so.latest_end)),
    ).closed("UTC")


def all_in_force(found: Iterable[Claim]) -> list[InForce]:
    return [in_force(claim) for claim in found]


def number(value: Any) -> Any:
    """One form for a number, however it was reckoned."""
    return value if value is None else int(value) if value == int(value) else round(float(value), 9)


def numbers(found: Any) -> Any:
    if found is None:
        return None
    low, high, best = (found.low, found.high, found.best) if hasattr(found, "low") else found
    return number(low), number(high), number(best)


def spoken(voice: Voice) -> tuple[str, str | None]:
    if voice.claimant is not None:
        return "claimant", voice.claimant
    return ("assessed", voice.assessed) if voice.assessed is not None else ("report", voice.report)


def real_figures(picture: Any, stock: bool) -> Claim:
    return {
        "groups": sorted(
            (
                {
                    "so": None if stock else naive_rules.period(group.so),
                    "lines": sorted(
                        (
                            (line.claim.claim, spoken(line.voice), numbers(line.range), line.state, line.age_days)
                            for line in group.lines
                        ),
                        key=repr,
                    ),
                    "range": numbers(group.range),
                    "voices": group.voices,
                    "unattributed": group.unattributed,
                    "verdict": group.verdict,
                    "incident": group.incident,
                }
                for group in picture.groups
            ),
            key=repr,
        ),
        "set_aside": sorted({(aside.claim.claim, aside.why) for aside in picture.set_aside}),
    }


def naive_figures(picture: Claim) -> Claim:
    """With numbers in the same form."""
    for group in picture["groups"]:
        group.pop("at_odds")
        group["range"] = numbers(group["range"])
        group["lines"] = sorted(
            ((claim, voice, numbers(found), *state) for claim, voice, found, *state in group["lines"]), key=repr
        )
    picture["groups"].sort(key=repr)
    return picture


def topic_claims(most: int = 7) -> st.SearchStrategy[list[Claim]]:
    def of(counted: tuple[str, str]) -> st.SearchStrategy[list[Claim]]:
        # Of an incident alone claims stand at several places, and of several causes.
        said = content_of(SAID | {"place": rarely("town", "mosque", out_of=4), "cause": rarely("mine", "fire")})
        measure, unit = counted
        plain = st.integers(0, 9).map(lambda best: stated(measure, unit, best))
        found = claims(st.builds(lambda one, other: one | other, plain | estimates(measure, unit), said), most)
        return st.builds(lying_in, found, st.sampled_from([frozenset(), frozenset({"town"})]))

    return figures.flatmap(of)


def lying_in(found: list[Claim], around: frozenset[str]) -> list[Claim]:
    """Whether the mosque lies in the town."""
    return [claim | {"lies_in": around if claim["content"].get("place") == "mosque" else ()} for claim in found]


@examples(usual=150, thorough=10_000)
@given(content=figures.flatmap(lambda counted: estimates(*counted)))
def test_a_figure_leaves_room_for_what_the_naive_words_say(content: Claim) -> None:
    assert numbers(range_of(_content.validate_python(content))) == numbers(naive_rules.word_range(content))


FIGURE_RULES = [
    ("latest-per-claimant", 1, latest_per_claimant_1),
    ("latest-per-claimant", 2, latest_per_claimant),
    ("widest-range", 1, widest_range_1),
    ("widest-range", 2, widest_range),
]


@examples(usual=100, thorough=5_000)
@given(found=topic_claims(), data=st.data())
def test_figures_are_pictured_as_the_naive_rules_picture_them(found: list[Claim], data: Any) -> None:
    at = data.draw(moments_of(found))
    given_ = all_in_force(data.draw(st.permutations(found)))
    stock = found[0]["content"]["measure"] in naive_rules.STOCKS
    for name, version, rule in FIGURE_RULES:
        expected = naive_figures(naive_rules.figure_picture(found, at, name, version))
        for group in expected["groups"]:
            event(f"{name}@{version}: {group['verdict']}")
        for _, why in expected["set_aside"]:
            event(f"{name}@{version}: {why}")
        assert real_figures(rule(given_, at), stock) == expected


def leaves_out(found: Range, group: Any) -> bool:
    low, high = group.range.low, group.range.high
    return low < found.low or (found.high is not None and (high is None or high > found.high))


@examples(usual=150, thorough=5_000)
@given(found=topic_claims(), data=st.data())
def test_what_groups_come_to_together_is_what_the_naive_rules_say_and_leaves_out_no_number(
    found: list[Claim], data: Any
) -> None:
    at = data.draw(moments_of(found))
    given_ = all_in_force(found)
    for name, version, rule in FIGURE_RULES:
        groups = rule(given_, at).groups
        told = together(groups)
        numbered = [group for group in groups if group.range is not None]
        assert told.groups == len(numbered)
        assert (told.range is None) is (told.verdict == "nothing") is (not numbered)
        if told.range is not None:
            assert not any(leaves_out(told.range, group) for group in numbered)
            best = told.range.best
            if best is not None:
                assert {group.range and group.range.best for group in numbered} == {best}
                assert not {group.verdict for group in numbered} & {"disagree", "ambiguous", "changed"}
        if version == 2:
            expected = naive_rules.over_groups(found, naive_rules.figure_picture(found, at, name, version)["groups"])
            event(f"{name}: {told.verdict}, {min(told.groups, 3)}")
            known = {"range": numbers(told.range), "verdict": told.verdict, "groups": told.groups}
            assert known | {"age_days": told.age_days} == expected | {"range": numbers(expected["range"])}


@st.composite
def naming_origins(draw: st.DrawFn) -> list[Claim]:
    """Words that may be the same, of which many name where they come from, and some are set aside or superseded."""
    sources, reports = ["s1", "s2", "s3", "s4"], ["r1", "r2", "r3", "r4", "r5"]
    few = [st.just([]), st.just([]), *(st.lists(st.sampled_from(those), max_size=2) for those in (reports, reports))]
    derived = {report: draw(st.one_of(few)) for report in reports}
    credited = {report: draw(st.one_of(few[0], st.lists(st.sampled_from(sources), max_size=2))) for report in reports}
    word = {
        "claimant": st.sampled_from([*sources, *sources, None]), "report": st.sampled_from(reports),
        "best": st.sampled_from([30, 30, 30, 31]), "low": maybe(st.just(30)), "plan": rarely(True),
        "gone": st.sampled_from(["", "", "withdrawn", "discredited"]), "rests_on": st.one_of(few),
        "same_origin": rarely("x1", out_of=6), "when": st.sampled_from(["2018-10-11", "2018-10-11", "2018-10-12"]),
    }  # fmt: skip
    words = draw(st.lists(st.fixed_dictionaries(word), min_size=4, max_size=9))
    out = when.bounds("2018-10-31")
    found = []
    for nth, one in enumerate(words, 1):
        said = stated("killed", "people", one["best"]) | {"when": one["when"]}
        said |= {name: one[name] for name in ("claimant", "low") if one[name] is not None}
        said |= {"hedge": "intended"} if one["plan"] else {}
        found.append(
            {
                "id": f"c{nth}", "content": said, "report": one["report"], "filed_in": None,
                "published": (out.earliest, out.latest), "so": span(said), "open": span(said), "recorded_position": nth,
                "withdrawn": one["gone"] == "withdrawn", "discredited": one["gone"] == "discredited",
                "incidents": [], "dataset": None, "parts": [], "disputes": [], "same_origin": one["same_origin"],
                "derived_from": naive_reached(one["report"], derived), "credits": credited[one["report"]],
                "rests_on": sorted({r for named in one["rests_on"] for r in [named, *naive_reached(named, derived)]}),
            }
        )  # fmt: skip
    return found


def naive_reached(report: str, derived: dict[str, list[str]]) -> list[str]:
    found = set(derived[report])
    for _ in derived:
        found |= {other for one in found for other in derived[one]}
    return sorted(found)


@examples(usual=200, thorough=5_000)
@given(found=naming_origins(), rule=st.sampled_from([one for one in FIGURE_RULES if one[1] == 2]))
def test_one_origin_counts_once_as_the_naive_rule_counts_it(found: list[Claim], rule: Any) -> None:
    name, version, real = rule
    picture = real(all_in_force(found), None)
    assert real_figures(picture, False) == naive_figures(naive_rules.figure_picture(found, None, name, version))
    for group in picture.groups:
        event(f"{group.voices} voices, {group.unattributed} unattributed")


@examples(usual=100, thorough=5_000)
@given(found=topic_claims(8), data=st.data())
def test_voices_contradict_each_other_where_the_naive_rule_says_so(found: list[Claim], data: Any) -> None:
    given_ = all_in_force(data.draw(st.permutations(found)))
    for version, rule in ((1, contradictions_1), (2, contradictions)):
        real = [
            {
                "claims": tuple(sorted((pair.one.claim, pair.other.claim))),
                "declared": pair.declared,
                "time": pair.time,
                "unsure": pair.unsure,
            }
            for pair in rule(given_)
        ]
        event(f"contradictions@{version}: {min(len(real), 3)}")
        assert sorted(real, key=repr) == naive_rules.contradictions(found, version)


@examples(usual=100, thorough=5_000)
@given(found=topic_claims(8), data=st.data())
def test_what_makes_voices_disagree_is_what_the_naive_rule_says(found: list[Claim], data: Any) -> None:
    """And of no incident, of one time, it is among what cannot all be right, of a moment too."""
    at = data.draw(moments_of(found))
    given_ = all_in_force(data.draw(st.permutations(found)))
    real: dict[Any, set[tuple[str, ...]]] = {}
    for pair in at_odds(given_, at):
        ids = tuple(sorted((pair.one.claim.claim, pair.other.claim.claim)))
        real.setdefault(pair.incident, set()).add(ids)
    groups = naive_rules.figure_picture(found, at, "latest-per-claimant")["groups"]
    naive_pairs: dict[Any, set[tuple[str, ...]]] = {}
    for group in groups:
        if group["at_odds"]:
            naive_pairs.setdefault(group["incident"], set()).update(group["at_odds"])
    assert real == naive_pairs
    then = [claim for claim in given_ if at is None or claim.may_be_of(at)]
    listed = {
        tuple(sorted((pair.one.claim, pair.other.claim)))
        for pair in contradictions(then, () if at is None else standing_then(then, at))
    }
    assert {pair for pair in real.get(None, set()) if set(pair) <= {claim.claim for claim in then}} <= listed
    event(f"at odds: {min(sum(map(len, real.values())), 2)}")


AT_A_PLACE = SAID | {"place": st.sampled_from(["town", "town", "town", "country", "area"])}
STATUSES = ["controls"] * 7 + ["absent", "absent", "contests", "present", "encircles"]
controls = content_of(
    AT_A_PLACE
    | {
        "kind": st.just("control"),
        "status": st.sampled_from(STATUSES),
        "actor": st.sampled_from(["a1", "a1", "a1", "a2", "a2", "a3", "a4", "a5", None]),
        "extent": rarely("all", "most", "part", "pockets"),
    },
)
# How much of it somebody is absent from is what matters there.
absences = content_of(
    AT_A_PLACE
    | {
        "kind": st.just("control"),
        "status": st.just("absent"),
        "actor": st.sampled_from(["a1", "a1", "a1", "a2", "a3", None]),
        "extent": rarely("all", "most", "part", "pockets", out_of=6),
    },
)
happenings = content_of(
    AT_A_PLACE
    | {
        "kind": st.just("occurrence"),
        "type": st.sampled_from(["capture", "withdrawal"]),
        "actors": content_of(
            {
                "by": st.lists(actors, max_size=2, unique=True).map(lambda by: by or None),
                "against": rarely(["a1"], ["a2"], ["a1", "a2"], out_of=4),
                "with": rarely(["a1"], ["a4"], out_of=8),
            }
        ),
    }
)
# Of some, whoever said so is not sure.
unsure_dates = st.builds(lambda date, mark: date + mark, st.sampled_from(OFTEN), st.sampled_from("?%"))
about_a_place = claims(
    st.one_of(controls, controls, controls, controls, absences, happenings),
    when_=st.one_of(dates, dates, dates, dates, unsure_dates),
)


VERSIONS: list[tuple[int, ControlRule]] = [(1, CONTROL_FROM_SNAPSHOTS_1), (2, CONTROL_FROM_SNAPSHOTS)]


def real_state(state: Any) -> tuple[Any, ...]:
    return state.claim.claim, state.actor, state.status, state.direct, state.state, state.age_days, state.hedge


def real_control(picture: Any) -> Claim:
    return {
        "verdict": picture.verdict,
        "age_days": picture.age_days,
        "holders": list(picture.holders),
        "holds": [(hold.actor, hold.extent, hold.voices, hold.unattributed, hold.hedge) for hold in picture.holds],
        "voices": picture.voices,
        "unattributed": picture.unattributed,
        "governing": sorted(map(real_state, picture.governing), key=repr),
        "states": sorted(map(real_state, picture.states), key=repr),
        "beside": sorted(
            ((one.claim.claim, one.actor, one.status, one.state, one.age_days, one.hedge) for one in picture.beside),
            key=repr,
        ),
        "undated": sorted(map(real_state, picture.undated), key=repr),
        "set_aside": sorted((aside.claim.claim, aside.why) for aside in picture.set_aside),
        "changed": sorted(((one.claim.claim, one.actor, one.between[0]) for one in picture.changed), key=repr),
    }


@examples(usual=150, thorough=10_000)
@given(found=about_a_place, data=st.data())
def test_a_place_is_held_by_whom_the_naive_rule_says(found: list[Claim], data: Any) -> None:
    at = data.draw(moments_of(found))
    given_ = all_in_force(data.draw(st.permutations(found)))
    lay, sure = data.draw(surely), data.draw(certain)
    for version, rule in VERSIONS:
        for undated in (False, True):
            expected = naive_control.control_picture(
                "town", found, AROUND, SIDES, at, version=version, undated=undated, surely=lay, certain=sure
            )
            event(f"{version}: {expected['verdict']}")
            told = control("town", given_, AROUND, Sides(SIDES, sure), at, rule=rule, undated=undated, surely=lay)
            assert (real_control(told), told.rule) == (expected, rule)


@examples(usual=150, thorough=5_000)
@given(found=about_a_place, version=st.sampled_from(VERSIONS), lay=surely, sure=certain)
def test_the_timeline_of_a_place_is_the_naive_one(
    found: list[Claim], version: tuple[int, ControlRule], lay: dict[str, Any] | None, sure: dict[str, Any] | None
) -> None:
    stretches = [
        (spoken(mine.voice), stretch)
        for mine in timeline("town", all_in_force(found), AROUND, Sides(SIDES, sure), rule=version[1], surely=lay)
        for stretch in mine.stretches
    ]
    stated = [
        (voice, one.about, one.start, one.end, one.actor, one.status, claim)
        for voice, one in stretches
        if one.how == "stated"
        for claim in one.claims
    ]
    expected = naive_control.timeline("town", found, AROUND, SIDES, MOMENTS, version[0], lay, sure)
    assert sorted(stated, key=repr) == expected["stated"]
    for moment in MOMENTS:
        there = [(voice, one) for voice, one in stretches if one.how != "stated" and one.start <= moment <= one.end]
        told: dict[Any, set[str]] = {}
        for voice, one in there:
            # Claims that overlap can each leave a gap that says the same.
            told.setdefault((voice, one.about, one.actor, one.status, one.how), set()).update(one.claims)
        gaps = expected["gaps"][moment]
        assert told.keys() == {gap[:5] for gap in gaps}
        # A stretch names what ended it, or what comes next, too.
        assert all(claim in told[gap] for *gap_, claim in gaps for gap in [tuple(gap_)])


rows = st.builds(
    lambda one, other: one | other,
    st.integers(0, 3).map(lambda best: stated("killed", "people", best)) | estimates("killed", "people"),
    content_of(
        {
            "claimant": st.sampled_from(["ucdp", "ucdp", "other"]), "hedge": rarely("possible", "intended"),
            "subject": rarely("a1", "a2", out_of=5), "group": rarely("civilians", "unknown", out_of=5),
            "by": rarely("a1"), "cause": rarely("shelling"),
        }
    ),
)  # fmt: skip
PERIODS = {"year": "%Y", "month": "%Y-%m"}


def real_key(of: Any) -> tuple[Any, ...]:
    return of.dataset, of.claimant, of.subject, of.group, of.by, of.cause, of.dimensions, of.period


@examples(usual=100, thorough=5_000)
@given(
    found=claims(rows, most=8),
    since=moments,
    until=moments,
    by=maybe(st.sampled_from(sorted(PERIODS))),
    zone=st.sampled_from(["UTC", "Asia/Damascus"]),
    measure=st.sampled_from(["killed", "killed", "killed", "fighters"]),
)
def test_sums_of_editions_are_the_naive_ones(
    found: list[Claim], since: int | None, until: int | None, by: Any, zone: str, measure: str
) -> None:
    for each in found:
        each["content"]["measure"] = measure

    def period_of(instant: int) -> str:
        moment = datetime.fromtimestamp(instant // 1_000_000, UTC).astimezone(ZoneInfo(zone))
        return moment.strftime(PERIODS[by])

    expected = naive_sums.edition_sums(found, since, until, period_of if by else None)
    sums = EditionSums(SumAsked(since, until, by, zone))
    for claim in all_in_force(found):
        sums.add(claim)
    result = sums.result()
    told = [
        (
            real_key(each),
            {
                "low": each.low, "best": each.best, "high": each.high, "without_best": each.without_best,
                "without_number": each.without_number, "taken_as_one": each.taken_as_one,
                "incidents": each.incidents, "claims": each.claims,
            },
        )
        for each in result.sums
        if each.claims
    ]  # fmt: skip
    assert sorted(told, key=repr) == expected["sums"]
    left_out = {real_key(each)[:7]: dict(each.left_out) for each in result.sums if each.left_out}
    assert left_out == expected["left_out"]
    partitions = [
        (real_key(each.total), sorted(map(real_key, each.parts), key=repr), each.complete) for each in result.partitions
    ]
    assert sorted(partitions, key=repr) == expected["partitions"]
