"""The naive rules: docs/rules.md worked out again, claim by claim and pair by pair, over plain dicts.

A claim is `{"id", "content" (its JSON), "report", "published" (earliest, latest), "so" (a Span or None),
"recorded_position", "withdrawn", "discredited", "incident", "dataset", "parts", "disputes", "same_origin"}`. A voice
is `("claimant", id)`, `("assessed", id)` or `("report", id)`. Nothing is shared with the rules but the arithmetic of
dates. Slow and plain on purpose.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

from domain import when

Claim = dict[str, Any]
Voice = tuple[str, str]
Range = tuple[Any, Any, Any]

DAY = 86_400_000_000
STOCKS = {"fighters", "present", "held_hostage", "missing", "area", "territory_share"}
WORDS = {"dozens": (24, 199), "hundreds": (200, 1_999), "thousands": (2_000, 19_999), "many": (2, None)}


def word_range(content: Claim) -> Range | None:
    """(lowest, highest or None, best or None)."""
    qualifier, whole = content["qualifier"], content["unit"] in ("people", "families")
    low, best, high = (exact(content.get(name)) for name in ("low", "best", "high"))
    match qualifier:
        case "most" | "unknown":
            return None
        case "some":
            lowest, highest = Fraction(1), None
        case "vague":
            lowest, highest = (exact(number) for number in WORDS[content["magnitude"]])
        case "at_least":
            lowest, highest = low, None
        case "more_than":
            lowest, highest = (low + 1 if whole else low), None
        case "at_most":
            lowest, highest = Fraction(0), high
        case "fewer_than":
            lowest, highest = Fraction(0), (max(high - 1, Fraction(0)) if whole else high)
        case "between":
            lowest, highest = low, high
        case "stated" | "about":
            aside = margin(best) if qualifier == "about" and best is not None else 0
            without_low = Fraction(0) if best is None else best - aside
            without_high = None if best is None else best + aside
            lowest, highest = without_low if low is None else low, without_high if high is None else high
    lowest = max(lowest, Fraction(0))
    if whole:
        lowest, highest = Fraction(math.ceil(lowest)), highest and Fraction(math.floor(highest))
    if content["unit"] == "percent":
        lowest, highest = min(lowest, Fraction(100)), Fraction(100) if highest is None else min(highest, Fraction(100))
    if best is not None and (best < lowest or (highest is not None and best > highest)):
        best = None
    return plain(lowest), plain(highest), plain(best)


def margin(number: Fraction) -> Fraction:
    """A tenth, or half a unit of the last digit that is not zero, whichever is more."""
    if number == 0:
        return Fraction(0)
    unit = Fraction(10) ** 18
    while (number / unit).denominator != 1:
        unit /= 10
    return max(number / 10, unit / 2)


def exact(number: Any) -> Any:
    """A number as it was written: 0.1 is a tenth."""
    return None if number is None else Fraction(Decimal(str(number)))


def plain(number: Any) -> Any:
    return None if number is None else int(number) if number.denominator == 1 else float(number)


def meet(one: Range, other: Range) -> bool:
    return bool(one[0] <= top(other) and other[0] <= top(one))


def top(numbers: Range) -> Any:
    return math.inf if numbers[1] is None else numbers[1]


def hull(ranges: Sequence[Range]) -> Range | None:
    if not ranges:
        return None
    bests = {numbers[2] for numbers in ranges if numbers[2] is not None}
    highest = max(top(numbers) for numbers in ranges)
    return (
        min(numbers[0] for numbers in ranges),
        None if highest == math.inf else highest,
        bests.pop() if len(bests) == 1 else None,
    )


def voice_of(claim: Claim) -> Voice:
    if "claimant" in claim["content"]:
        return "claimant", claim["content"]["claimant"]
    if claim["same_origin"] is not None:
        return "assessed", claim["same_origin"]
    return "report", claim["report"]


def one_voice_for_all_unattributed(claim: Claim) -> Voice:
    voice = voice_of(claim)
    return voice if voice[0] == "claimant" else ("report", "")


def why_set_aside(claim: Claim) -> str | None:
    if claim["withdrawn"]:
        return "withdrawn"
    if claim["discredited"]:
        return "discredited"
    return "intended" if claim["content"].get("hedge") == "intended" else None


def certainly_earlier(one: when.Span | None, other: when.Span | None) -> bool:
    return one is not None and other is not None and one.latest_end < other.earliest_start


def later_word(one: Claim, other: Claim) -> bool:
    """Whether `one` is a later word than `other`."""
    return word_order(one) > word_order(other)


def word_order(claim: Claim) -> tuple[int, int, int]:
    earliest, latest = claim["published"]
    return latest, earliest, claim["recorded_position"]


def counted(claims: Sequence[Claim]) -> tuple[list[Claim], list[tuple[str, str]]]:
    """Those that a rule counts, and those set aside from the start."""
    aside = [(claim["id"], why) for claim in claims if (why := why_set_aside(claim)) is not None]
    return [claim for claim in claims if why_set_aside(claim) is None], aside


def voices_among(voices: Sequence[Voice]) -> dict[str, int]:
    attributed = {voice for voice in voices if voice[0] == "claimant"}
    return {"voices": len(attributed), "unattributed": len(set(voices) - attributed)}


def may_have_begun(so: when.Span | None, at: int | None) -> bool:
    return so is None or at is None or so.earliest_start <= at


def figure_picture(claims: Sequence[Claim], at: int | None, rule: str) -> dict[str, Any]:
    """Of the claims of one topic: groups of lines, and what was set aside."""
    standing, aside = counted(claims)
    if not claims:
        return {"groups": [], "set_aside": []}
    stock = claims[0]["content"]["measure"] in STOCKS
    gone = stock_superseded if stock else flow_superseded
    candidates = [claim for claim in standing if (may_have_begun if stock else may_contain)(claim["so"], at)]
    superseded = [claim for claim in candidates if any(gone(claim, other, rule) for other in candidates)]
    left = [claim for claim in candidates if claim not in superseded]
    grouped: dict[Any, list[Claim]] = {}
    for claim in left:
        grouped.setdefault(None if stock else period(claim["so"]), []).append(claim)
    return {
        "groups": sorted((group_of(key, mine, at, stock) for key, mine in grouped.items()), key=repr),
        "set_aside": sorted(aside + [(claim["id"], "superseded") for claim in superseded]),
    }


def may_contain(so: when.Span | None, at: int | None) -> bool:
    return so is None or at is None or so.earliest_start <= at <= so.latest_end


def period(so: when.Span | None) -> tuple[int, int] | None:
    return None if so is None else (so.earliest_start, so.latest_end)


def stock_superseded(claim: Claim, other: Claim, rule: str) -> bool:
    if certainly_earlier(claim["so"], other["so"]):
        return one_voice_for_all_unattributed(claim) == one_voice_for_all_unattributed(other)
    return rule != "widest-range" and earlier_word(claim, other)


def earlier_word(claim: Claim, other: Claim) -> bool:
    """By the same voice, about exactly the same span, or both without a date."""
    return voice_of(claim) == voice_of(other) and claim["so"] == other["so"] and later_word(other, claim)


def flow_superseded(claim: Claim, other: Claim, rule: str) -> bool:
    """By a later state of the same cumulative toll, or a later word about the same period."""
    one, two = claim["so"], other["so"]
    if voice_of(claim) != voice_of(other):
        return False
    if one is None or two is None:
        return rule != "widest-range" and earlier_word(claim, other)
    if (one.earliest_start, one.latest_start) != (two.earliest_start, two.latest_start):
        return False
    ends, others = (one.latest_end, one.earliest_end), (two.latest_end, two.earliest_end)
    return others > ends or (others == ends and rule != "widest-range" and later_word(other, claim))


def group_of(key: Any, claims: Sequence[Claim], at: int | None, stock: bool) -> dict[str, Any]:
    ranges = [(claim, numbers) for claim in claims if (numbers := word_range(claim["content"])) is not None]
    apart = [
        (one, other)
        for (one, mine), (other, theirs) in combinations(ranges, 2)
        if voice_of(one) != voice_of(other) and not whole_and_part(one, other) and not meet(mine, theirs)
    ]
    voices = voices_among([voice_of(claim) for claim, _ in ranges])
    if not ranges:
        verdict = "nothing"
    elif any(not stock or spans_meet(one["so"], other["so"]) for one, other in apart):
        verdict = "disagree"
    elif apart:
        verdict = "changed"
    else:
        verdict = ["unattributed", "one_voice", "agree"][min(voices["voices"], 2)]
    return {
        "so": key,
        "lines": sorted((figure_line(claim, at, stock) for claim in claims), key=repr),
        "range": hull([numbers for _, numbers in ranges]),
        **voices,
        "verdict": verdict,
    }


def spans_meet(one: when.Span | None, other: when.Span | None) -> bool:
    """What has no date meets every time."""
    if one is None or other is None:
        return True
    return one.earliest_start <= other.latest_end and other.earliest_start <= one.latest_end


def whole_and_part(one: Claim, other: Claim) -> bool:
    return one["id"] in other["parts"] or other["id"] in one["parts"]


def figure_line(claim: Claim, at: int | None, stock: bool) -> tuple[Any, ...]:
    so = claim["so"]
    state, age = "period", None
    if so is None:
        state = "undated"
    elif stock:
        state, age = state_at(so, at)
    return claim["id"], voice_of(claim), word_range(claim["content"]), state, age


def state_at(so: when.Span, at: int | None) -> tuple[str, int | None]:
    if at is None:
        return "last_known", None
    if so.latest_start <= at <= so.earliest_end:
        return "certain", None
    if so.earliest_start <= at <= so.latest_end:
        return "possible", None
    return "last_known", (at - so.latest_end) // DAY


def contradictions(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """Pairs of one topic that cannot both be right, or that say so themselves."""
    standing, _ = counted(claims)
    if not standing:
        return []
    stock = claims[0]["content"]["measure"] in STOCKS
    left = [
        claim
        for claim in standing
        if not any((earlier_word if stock else earlier_toll)(claim, other) for other in standing)
    ]
    found = []
    for one, other in combinations(left, 2):
        declared = one["id"] in other["disputes"] or other["id"] in one["disputes"]
        if declared or contradict(one, other, stock):
            found.append(
                {
                    "claims": tuple(sorted((one["id"], other["id"]))),
                    "declared": declared,
                    "time": "certain" if certainly_together(one["so"], other["so"], stock) else "possible",
                }
            )
    return sorted(found, key=repr)


def earlier_toll(claim: Claim, other: Claim) -> bool:
    return flow_superseded(claim, other, "latest-per-claimant")


def contradict(one: Claim, other: Claim, stock: bool) -> bool:
    mine, theirs = word_range(one["content"]), word_range(other["content"])
    if mine is None or theirs is None or voice_of(one) == voice_of(other) or whole_and_part(one, other):
        return False
    first, second = one["so"], other["so"]
    if stock:
        return spans_meet(first, second) and not meet(mine, theirs)
    if first is None or second is None:
        return first is second and not meet(mine, theirs)
    if period(first) == period(second) and not meet(mine, theirs):
        return True
    return (lies_within(first, second) and mine[0] > top(theirs)) or (
        lies_within(second, first) and theirs[0] > top(mine)
    )


def lies_within(inner: when.Span, outer: when.Span) -> bool:
    """Certainly."""
    return outer.latest_start <= inner.earliest_start and inner.latest_end <= outer.earliest_end


def certainly_together(one: when.Span | None, other: when.Span | None, stock: bool) -> bool:
    if one is None or other is None:
        return False
    if stock:
        return max(one.latest_start, other.latest_start) <= min(one.earliest_end, other.earliest_end)
    return period(one) == period(other) or lies_within(one, other) or lies_within(other, one)
