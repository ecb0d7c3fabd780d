"""The naive totals over datasets: `sum-of-edition@2` of docs/rules.md worked out again, incident by incident."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from domain import when
from tests.naive_rules import STOCKS, Claim, top, why_set_aside, word_range

Key = tuple[Any, ...]
Incidents = dict[str, list[Claim]]


def edition_sums(
    claims: Sequence[Claim],
    since: int | None,
    until: int | None,
    period_of: Callable[[int], str] | None,
    of_datasets: Sequence[Claim] = (),
) -> dict[str, Any]:
    """`period_of` names the year or month of an instant, where a sum is divided. An incident is a surviving one.

    A sum's key is dataset, claimant, subject, group, by, cause, dimensions, period; what was left out of it has it
    without period. What `of_datasets` tells together is one, asked for or not.
    """
    left_out: dict[Key, dict[str, int]] = {}
    whole: dict[Key, Incidents] = {}
    telling = [
        claim for claim in (*claims, *of_datasets) if len(claim["incidents"]) > 1 and why_set_aside(claim) is None
    ]
    for claim in claims:
        own = tuple(sorted(claim["content"].get("dimensions", {}).items()))
        key = (claim["dataset"], *(claim["content"].get(name) for name in WHAT), own)
        why = why_left_out(claim, since, until, period_of is not None)
        if why is None:
            whole.setdefault(key, {}).setdefault(one_with(claim, telling), []).append(claim)
        elif why != "outside":
            mine = left_out.setdefault(key, {})
            mine[why] = mine.get(why, 0) + 1
    sums: dict[Key, Incidents] = {}
    for key, incidents in whole.items():
        for incident, told in incidents.items():
            period = period_of(min(claim["so"].earliest_start for claim in told)) if period_of else None
            sums.setdefault((*key, period), {})[incident] = told
    return {
        "sums": sorted(((key, sum_of(incidents)) for key, incidents in sums.items()), key=repr),
        "partitions": sorted(partitions(sums), key=repr),
        "left_out": left_out,
    }


def one_with(claim: Claim, telling: Sequence[Claim]) -> str:
    """The first of the incidents of a claim, and of all that claims of its dataset tell of together with those."""
    found: set[str] = set(claim["incidents"])
    for _ in telling:
        for other in telling:
            if other["dataset"] == claim["dataset"] and found & set(other["incidents"]):
                found |= set(other["incidents"])
    return min(found)


WHAT = ("claimant", "subject", "group", "by", "cause")


def why_left_out(claim: Claim, since: int | None, until: int | None, divided: bool) -> str | None:
    so = claim["so"]
    earliest, latest = (when.EARLIEST if since is None else since), (when.LATEST if until is None else until)
    if so is not None and (so.latest_end < earliest or so.earliest_start > latest):
        return "outside"
    why = why_set_aside(claim)
    if why is not None:
        return why
    if claim["content"]["measure"] in STOCKS:
        return "stock"
    if not claim["incidents"]:
        return "without_incident"
    if so is None and (divided or since is not None or until is not None):
        return "undated"
    if so is not None and divided and so.earliest_start == when.EARLIEST:
        return "undated"
    return None if so is None or (earliest <= so.earliest_start and so.latest_end <= latest) else "straddling"


def sum_of(incidents: Incidents) -> dict[str, Any]:
    total: dict[str, Any] = {"low": 0, "best": 0, "high": 0, "without_best": 0, "without_number": 0, "taken_as_one": 0}
    for claims in incidents.values():
        ranges = [numbers for claim in claims if (numbers := word_range(claim["content"])) is not None]
        told_of = {incident for claim in claims for incident in claim["incidents"]}
        total["taken_as_one"] += len(told_of) if len(told_of) > 1 else 0
        total["without_number"] += len(claims) - len(ranges)
        if not ranges:
            continue
        low, best = min(numbers[0] for numbers in ranges), best_of(claims)
        total["low"] += low
        total["best"] += low if best is None else best
        total["without_best"] += best is None
        total["high"] += max(top(numbers) for numbers in ranges)
    total["high"] = None if total["high"] == math.inf else total["high"]
    return total | {"incidents": len(incidents), "claims": sum(map(len, incidents.values()))}


def best_of(claims: Sequence[Claim]) -> Any:
    """The highest best of the claims about one incident."""
    ranges = [numbers for claim in claims if (numbers := word_range(claim["content"])) is not None]
    return max((numbers[2] for numbers in ranges if numbers[2] is not None), default=None)


def partitions(sums: dict[Key, Incidents]) -> list[tuple[Key, list[Key], bool]]:
    """(the total's key, the keys of its parts, whether they add up to it in every incident)."""
    found = []
    for key, totals in sums.items():
        if key[2] is not None or key[3] is not None or key[6]:
            continue
        parts = [other for other in sums if is_part(other, key)]
        if parts:
            everywhere = {incident for each in (key, *parts) for incident in sums[each]}
            complete = all(
                adds_up(totals.get(incident), [sums[part][incident] for part in parts if incident in sums[part]])
                for incident in everywhere
            )
            found.append((key, sorted(parts, key=repr), complete))
    return found


def is_part(part: Key, total: Key) -> bool:
    """Of the same dataset, claimant and period; by whom and of what as the total, where that says it."""
    same = (part[0], part[1], part[7], part[6]) == (total[0], total[1], total[7], ())
    as_said = all(mine is None or theirs == mine for mine, theirs in zip(total[4:6], part[4:6], strict=True))
    return same and as_said and (part[2] is not None or part[3] is not None)


def adds_up(total: Sequence[Claim] | None, parts: Sequence[Sequence[Claim]]) -> bool:
    """In one incident: without a total nobody may be counted."""
    bests = [best_of(part) for part in parts]
    whole = 0 if total is None else best_of(total)
    return whole is not None and None not in bests and sum(bests) == whole
