"""The naive disagreements: every pair of claims of a dossier looked at by itself, as docs/rules.md tells it."""

from collections.abc import Iterable, Iterator
from itertools import combinations, product
from typing import Any

from domain import when
from domain.topic import parse_topic
from tests import naive_questions, naive_rules
from tests.naive import Asked, Dossier
from tests.naive_rules import Claim, voice_of

SPOTS = {"town", "village", "hamlet", "neighbourhood", "camp", "base", "site"}
MAY_BE_UNSAID = ("group", "by", "cause")
A_MONTH = 31 * naive_rules.DAY


def possible(dossier: Dossier, asked: Asked) -> list[dict[str, Any]]:
    """Figures that cannot both be right if they are about one thing, which is not certain."""
    by_topic = naive_questions.topics(dossier, asked)
    then = {
        topic: [claim for claim in claims if naive_rules.may_be_of(claim, asked.at)]
        for topic, claims in by_topic.items()
    }
    left = [(topic, claim) for topic, claims in then.items() for claim in naive_rules.compared(claims, 2)]
    said = [(topic, claim) for topic, claims in then.items() for claim in claims]
    windows = {place: naive_questions.windows(dossier, place) for place in dossier.items["place"]}
    kinds = {id_: place["details"]["kind"] for id_, place in dossier.items["place"].items()}
    parties = naive_questions.wholes(dossier)
    places = {id_: naive_questions.place_of_incident(dossier, id_) for id_ in (None, *dossier.items["incident"])}
    found = []
    for (topic, one), (other_topic, other) in combinations(said, 2):
        if topic == other_topic:
            odds = [pair for pair in naive_rules.contradictions(then[topic], at=asked.at) if pair["unsure"]]
            same = [pair for pair in odds if set(pair["claims"]) == {one["id"], other["id"]}]
            found += [told(pair["unsure"], one, other, pair["declared"], one["content"].get("place")) for pair in same]
    for (topic, one), (other_topic, other) in combinations(left, 2):
        if (
            topic == other_topic
            or declared(one, other)
            or voice_of(one) == voice_of(other)
            or naive_rules.whole_and_part(one, other)
        ):
            continue
        differ = apart(one, other, windows, kinds, parties, places)
        if differ is not None and at_odds(one, other, differ):
            if any(
                is_nearer(third, theirs, differ, windows, kinds, parties, places)
                for mine, theirs in ((one, other), (other, one))
                for kin in kin_of(dossier, asked, mine)
                for third in naive_rules.apart(kin)
            ) and not more_of_a_part(one, other, differ):
                continue
            pair = told(differ["unsure"], one, other, False, differ["place"])
            found.append(pair | {"around": differ["around"]})
    # Each pair once, and not where it is one of those that certainly are about one thing.
    sure = {
        pair["claims"]
        for claims in then.values()
        for pair in naive_rules.contradictions(claims, at=asked.at)
        if not pair["unsure"]
    }
    pairs = {pair["claims"]: pair for pair in found if pair["claims"] not in sure}
    for topic, ids in at_odds_in_incidents(dossier, asked):
        one, other = (next(claim for claim in by_topic_of(by_topic, topic) if claim["id"] == id_) for id_ in ids)
        if ids in sure | pairs.keys() or declared(one, other):
            continue
        if not any(naive_rules.may_be_of(claim, asked.at) for claim in (one, other)):
            continue
        differ = apart(one, other, windows, kinds, parties, places)
        assert differ is not None
        of_days = "when" if naive_rules.period(one["so"]) != naive_rules.period(other["so"]) else None
        stock = one["content"]["measure"] in naive_rules.STOCKS
        unsure = {*differ["unsure"], *([of_days] if of_days and not stock else [])}
        if unsure:
            pairs[ids] = told(unsure, one, other, False, differ["place"]) | {"around": differ["around"]}
    return sorted(pairs.values(), key=repr)


def at_odds_in_incidents(dossier: Dossier, asked: Asked) -> Iterator[tuple[str, tuple[str, str]]]:
    """Pairs for which figures of any topic say that voices disagree about an incident."""
    apart_, together = (naive_questions.topics(dossier, asked, incidents_apart=one) for one in (True, False))
    figures = {claim["id"]: claim["content"] for claims in together.values() for claim in claims}.values()
    anywhere = set()
    for topic in apart_:
        if ",incident:" in topic:
            own = [part for part in topic.split(",") if part.partition(":")[0] not in ("place", "by", "cause")]
            for by, cause in product(*({None, *(one.get(name) for one in figures)} for name in ("by", "cause"))):
                named = [f"{name}:{value}" for name, value in (("by", by), ("cause", cause)) if value is not None]
                anywhere.add(str(parse_topic(",".join([*own, *named]))))
    for topic in sorted({*apart_, *together, *anywhere}):
        picture = naive_questions.figures_of_topic(dossier, asked, topic)
        for group in picture["groups"] if picture else ():
            if group["incident"] is not None:
                yield from ((group["incident"], pair) for pair in group["at_odds"])


def by_topic_of(by_topic: dict[str, list[Claim]], incident: str) -> list[Claim]:
    return [claim for claims in by_topic.values() for claim in claims if claim["incident"] == incident]


def told(unsure: Iterable[str], one: Claim, other: Claim, said_so: bool, place: str | None) -> dict[str, Any]:
    stock = one["content"]["measure"] in naive_rules.STOCKS
    return {
        "claims": tuple(sorted((one["id"], other["id"]))),
        "unsure": sorted(unsure),
        "declared": said_so,
        "place": place,
        "around": None,
        "time": "certain" if naive_rules.together_for_sure(one, other, stock, 2) else "possible",
    }


def kin_of(dossier: Dossier, asked: Asked, claim: Claim) -> list[Claim]:
    """Figures of which it is a part, and those which are a part of it, at any remove."""
    ways = {id_: naive_questions.relations_of(dossier, id_) for id_ in dossier.items["claim"]}

    def reached(begun: str, step: Any) -> set[str]:
        found: set[str] = set()
        going = {begun}
        while going:
            going = {other for id_ in going for other in ways if step(id_, other)} - found
            found |= going
        return found

    up = reached(claim["id"], lambda id_, other: ("part_of", other) in ways[id_])
    down = reached(claim["id"], lambda id_, other: ("part_of", id_) in ways[other])
    return [
        other
        for other in naive_questions.rule_claims(dossier, asked)
        if other["id"] in (up | down) - {claim["id"]}
        and other["content"]["kind"] == "figure"
        and naive_rules.why_set_aside(other) is None
        and naive_rules.may_be_of(other, asked.at)
    ]


def is_nearer(
    kin: Claim, other: Claim, differ: dict[str, Any], windows: Any, kinds: dict[str, str], parties: Any, places: Any
) -> bool:
    """Whether what another one counts is this rather than what is part of it, or of which it is a part."""
    stock = kin["content"]["measure"] in naive_rules.STOCKS
    if (stock, kin["content"]["unit"]) != (other["content"]["measure"] in naive_rules.STOCKS, other["content"]["unit"]):
        return False
    nearer = apart(kin, other, windows, kinds, parties, places)
    if nearer is None or not nearer["unsure"] < differ["unsure"]:
        return False
    if stock:
        return naive_rules.spans_meet(kin["so"], other["so"])
    return naive_rules.period(kin["so"]) == naive_rules.period(other["so"])


def more_of_a_part(one: Claim, other: Claim, differ: dict[str, Any]) -> bool:
    mine, theirs = naive_rules.word_range(one["content"]), naive_rules.word_range(other["content"])
    assert mine is not None
    assert theirs is not None
    stock = one["content"]["measure"] in naive_rules.STOCKS

    def in_time(inner: Claim, outer: Claim) -> bool:
        first, second = inner["so"], outer["so"]
        if stock or naive_rules.period(first) == naive_rules.period(second):
            return True
        return first is not None and second is not None and naive_rules.lies_within(first, second)

    return bool(
        (differ["one_narrower"] and mine[0] > naive_rules.top(theirs) and in_time(one, other))
        or (differ["other_narrower"] and theirs[0] > naive_rules.top(mine) and in_time(other, one))
    )


def declared(one: Claim, other: Claim) -> bool:
    return one["id"] in other["disputes"] or other["id"] in one["disputes"]


def apart(
    one: Claim, other: Claim, windows: Any, kinds: dict[str, str], parties: Any, places: Any
) -> dict[str, Any] | None:
    """What only one of two figures says; None if they are certainly about two things."""
    mine, theirs = one["content"], other["content"]
    if any(mine.get(name) != theirs.get(name) for name in ("measure", "unit")):
        return None
    said = [(name, mine.get(name), theirs.get(name)) for name in (*MAY_BE_UNSAID, "subject")]
    own, others = mine.get("dimensions", {}), theirs.get("dimensions", {})
    said += [("dimensions", own.get(name), others.get(name)) for name in {*own, *others}]
    said.append(("incident", one["incident"], other["incident"]))
    different = [(name, first, second) for name, first, second in said if first != second]
    both = [(name, first, second) for name, first, second in different if first is not None and second is not None]
    if any(name not in ("subject", "by") for name, _, _ in both):
        return None
    belongs = {
        name: (lies(parties[first].get(second, ()), one["so"]), lies(parties[second].get(first, ()), other["so"]))
        for name, first, second in both
    }
    if (False, False) in belongs.values():
        return None
    one_narrower = all(belongs[name][0] if name in belongs else second is None for name, _, second in different)
    other_narrower = all(belongs[name][1] if name in belongs else first is None for name, first, _ in different)
    unsure = {name for name, _, _ in different}
    here, there = mine.get("place"), theirs.get("place")
    place, around, all_of_it = here, None, True
    if here != there:
        unsure.add("place")
        of_one = one["incident"] is not None and one["incident"] == other["incident"] and None in (here, there)
        # What names no place may have been counted where its incident was.
        if not of_one:
            here, there = here or places[one["incident"]], there or places[other["incident"]]
        one_inside = here is not None and there is not None and lies(windows[here].get(there, ()), one["so"])
        other_inside = here is not None and there is not None and lies(windows[there].get(here, ()), other["so"])
        if not one_inside and not other_inside:
            if one["incident"] is None or one["incident"] != other["incident"] or None not in (here, there):
                return None
            one_inside, other_inside = there is None, here is None
        one_narrower, other_narrower = one_narrower and one_inside, other_narrower and other_inside
        inner, outer = (here, there) if one_inside else (there, here)
        all_of_it = outer is None or here == there or kinds[outer] in SPOTS
        place, around = inner, outer
        if None in (mine.get("place"), theirs.get("place")):
            place, around = mine.get("place") or theirs.get("place"), None
    # Without a party or a group everybody is meant: a party's own, or its children, are fewer, or as many.
    all_of_it = all_of_it and not unsure & {"subject", "group", "dimensions"} and not belongs
    return {
        "unsure": unsure,
        "one_narrower": one_narrower,
        "other_narrower": other_narrower,
        "all_of_it": all_of_it,
        "place": place,
        "around": around,
    }


def lies(windows: Any, so: when.Span | None) -> bool:
    return any(so is None or (first <= so.latest_end and so.earliest_start <= last) for first, last in windows)


def at_odds(one: Claim, other: Claim, differ: dict[str, Any]) -> bool:
    mine, theirs = naive_rules.word_range(one["content"]), naive_rules.word_range(other["content"])
    if mine is None or theirs is None:
        return False
    first, second = one["so"], other["so"]
    more = (differ["one_narrower"] and mine[0] > naive_rules.top(theirs)) or (
        differ["other_narrower"] and theirs[0] > naive_rules.top(mine)
    )
    if one["content"]["measure"] in naive_rules.STOCKS:
        together = naive_rules.spans_meet(first, second)
    else:
        together = naive_rules.period(first) == naive_rules.period(second)
    if together and not naive_rules.meet(mine, theirs):
        return bool(differ["all_of_it"] or more)
    if one["content"]["measure"] in naive_rules.STOCKS or first is None or second is None:
        return False
    one_in_time, other_in_time = naive_rules.lies_within(first, second), naive_rules.lies_within(second, first)
    return (differ["one_narrower"] and one_in_time and mine[0] > naive_rules.top(theirs)) or (
        differ["other_narrower"] and other_in_time and theirs[0] > naive_rules.top(mine)
    )


def dates(dossier: Dossier, asked: Asked) -> list[dict[str, Any]]:
    """Occurrences that may be one happening, and agree on no time for it."""
    sides = naive_questions.wholes(dossier)
    happened = [
        claim
        for claim in naive_questions.rule_claims(dossier, asked)
        if claim["content"]["kind"] == "occurrence"
        and claim["so"] is not None
        and naive_rules.why_set_aside(claim) is None
    ]
    found = []
    for one, other in combinations(happened, 2):
        if not may_be_one(one, other, sides) or gap(one, other) <= 0 or declared(one, other):
            continue
        fits = all(
            gap(one, other) == min(gap(mine, third) for third in happened if may_be_one_of(mine, third, theirs, sides))
            for mine, theirs in ((one, voice_of(other)), (other, voice_of(one)))
        )
        then = asked.at is None or any(naive_rules.may_be_of(claim, asked.at) for claim in (one, other))
        unsure = any(map(naive_rules.of_a_rough_date, (one, other)))
        if fits and then:
            found.append(
                {
                    "claims": tuple(sorted((one["id"], other["id"]))),
                    "time": "certain" if of_one_incident(one, other) and not unsure else "possible",
                    "place": min(one["content"].get("place") or "", other["content"].get("place") or "") or None,
                }
            )
    return sorted(found, key=repr)


def may_be_one_of(claim: Claim, other: Claim, voice: Any, sides: Any) -> bool:
    return voice_of(other) == voice and may_be_one(claim, other, sides)


def of_one_incident(one: Claim, other: Claim) -> bool:
    return not set(one["incidents"]).isdisjoint(other["incidents"])


def may_be_one(one: Claim, other: Claim, sides: Any) -> bool:
    mine, theirs = one["content"], other["content"]
    if voice_of(one) == voice_of(other) or mine["type"] != theirs["type"]:
        return False
    if of_one_incident(one, other):
        return True
    if (one["incidents"] and other["incidents"]) or gap(one, other) > A_MONTH:
        return False
    if mine.get("place") is None or mine.get("place") != theirs.get("place"):
        return False
    for role in ("by", "with", "against"):
        first, second = mine.get("actors", {}).get(role), theirs.get("actors", {}).get(role)
        same = any(of_one_side(a, b, (one["so"], other["so"]), sides) for a in first or () for b in second or ())
        if first and second and not same:
            return False
    return True


def of_one_side(one: str, other: str, told_of: tuple[when.Span, when.Span], wholes: Any) -> bool:
    """Whether both may have been part of the same when each of them is told of."""
    if one == other:
        return True
    mine, theirs = (wholes.get(actor) or {actor: [(when.EARLIEST, when.LATEST)]} for actor in (one, other))
    return any(
        all(max(first, since, so.earliest_start) <= min(last, until, so.latest_end) for so in told_of)
        for whole in mine.keys() & theirs.keys()
        for first, last in mine[whole]
        for since, until in theirs[whole]
    )


def gap(one: Claim, other: Claim) -> int:
    """Microseconds between them; none or less where their times meet."""
    first, second = one["so"], other["so"]
    between: int = max(first.earliest_start, second.earliest_start) - min(first.latest_end, second.latest_end)
    return max(0, between)
