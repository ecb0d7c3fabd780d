"""The naive rules: docs/rules.md worked out again, claim by claim and pair by pair, over plain dicts.

A claim is `{"id", "content" (its JSON), "report", "published" (earliest, latest), "so" (a Span or None, with an open
end closed by hand), "open" (the same as it is dated),
"recorded_position", "withdrawn", "discredited", "incident", "dataset", "parts", "disputes", "same_origin",
"derived_from", "rests_on", "credits"}` (reports at any remove, and sources). A voice
is `("claimant", id)`, `("assessed", id)` or `("report", id)`. Nothing is shared with the rules but the arithmetic of
dates. Slow and plain on purpose.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any
from zoneinfo import ZoneInfo

from domain import when
from domain.calendar import date_of, day_at

Claim = dict[str, Any]
Voice = tuple[str, str]
Range = tuple[Any, Any, Any]

DAY = 86_400_000_000
STOCKS = {"fighters", "present", "held_hostage", "missing", "area", "territory_share"}
WORDS = {"dozens": (24, 199), "hundreds": (200, 1_999), "thousands": (2_000, 19_999), "many": (2, None)}


def word_range(content: Claim) -> Range | None:
    """(lowest, highest or None, best or None)."""
    qualifier, whole = content["qualifier"], content["unit"] in ("people", "families", "buildings")
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


def independent(claims: Sequence[Claim], alike: Any, about: Sequence[Claim]) -> dict[str, int]:
    """How many voices have it from none of the others. `about`: all that was told, superseded and set aside too.

    An origin is ("voice", voice), or ("named", voice, claim): what words name that say it otherwise, or not at all.
    """
    known = {claim["id"]: claim for claim in (*about, *claims)}
    counting = sorted({voice_of(claim) for claim in claims})

    def words_of(voice: Voice) -> list[Claim]:
        counted = [claim for claim in claims if voice_of(claim) == voice]
        return counted or [claim for claim in known.values() if voice_of(claim) == voice]

    def in_own_words(claim: Claim, report: str) -> bool:
        return any(
            other["report"] == report
            and voice_of(claim) == voice_of(other)
            and dated(claim) == dated(other)
            and claim["content"].get("place") == other["content"].get("place")
            and not other["withdrawn"]
            and not other["discredited"]
            for other in known.values()
        )

    def said_it(claim: Claim, other: Claim) -> bool:
        by_another = voice_of(claim) != voice_of(other) and alike(claim, other)
        return bool(by_another and any(alike(claim, word) for word in words_of(voice_of(other))))

    def named_in(claim: Claim, report: str) -> set[Any]:
        there = [other for other in known.values() if other["report"] == report]
        found = {("voice", voice_of(other)) for other in there if said_it(claim, other)}
        others = {voice_of(other) for other in there} - {voice_of(claim)} or {("report", report)}
        return found or {("named", other, claim["id"]) for other in others}

    def sources_of(claim: Claim) -> set[Any]:
        found: set[Any] = set()
        for report in claim["rests_on"]:
            named = named_in(claim, report)
            mine = [one for one in known.values() if one["report"] == report and voice_of(one) == voice_of(claim)]
            if not any(in_own_words(one, report) for one in mine) or any(one[0] == "voice" for one in named):
                found |= named
        before = set(claim["derived_from"]) - {claim["report"]}
        if not any(in_own_words(claim, report) for report in before):
            found |= {one for report in before for one in named_in(claim, report)}
        if claim["content"].get("claimant") not in claim["credits"]:
            for source in claim["credits"]:
                credited: Voice = ("claimant", source)
                says_so = any(alike(claim, word) for word in words_of(credited))
                found.add(("voice", credited) if says_so else ("named", credited, claim["id"]))
        if claim["same_origin"] is not None:
            sharing = [other for other in known.values() if other["same_origin"] == claim["same_origin"]]
            found |= {("voice", voice_of(other)) for other in sharing if said_it(claim, other)}
        return found

    takes: dict[Any, set[Any]] = {}
    ahead: list[Any] = [("voice", voice) for voice in counting]
    for one in ahead:
        if one[0] == "voice" and one not in takes:
            each = [sources_of(claim) for claim in words_of(one[1])]
            takes[one] = set().union(*each) if all(each) else set()
            ahead += takes[one]
    # What is named by words that may be the same is one origin.
    unsaid = {one for found in takes.values() for one in found if one[0] == "named"}
    stands = {one: one for one in unsaid}
    for _ in unsaid:
        for one in unsaid:
            for other in unsaid:
                if one[1] == other[1] and alike(known[one[2]], known[other[2]]):
                    stands[one] = min(stands[one], stands[other])
    takes = {one: {stands.get(other, other) for other in found} for one, found in takes.items()}
    takes |= {one: set() for one in stands.values()}
    reach = {one: {one} for one in takes}
    for _ in takes:
        reach = {one: found.union(*(takes[other] for other in found)) for one, found in reach.items()}
    first = {one: frozenset(found) for one, found in reach.items() if all(one in reach[other] for other in found)}
    origins = {voice: {first[one] for one in reach["voice", voice] if one in first} for voice in counting}
    vouched = {one for voice in counting if voice[0] == "claimant" for one in origins[voice]}
    return {
        "voices": sharing_none([voice for voice in counting if voice[0] == "claimant"], origins, set()),
        "unattributed": sharing_none([voice for voice in counting if voice[0] != "claimant"], origins, vouched),
    }


def sharing_none(voices: Sequence[Voice], origins: dict[Voice, set[Any]], taken: set[Any]) -> int:
    """Of voices those with the fewest origins first, and of as many in their order, that share none before them."""
    found: list[Voice] = []
    for voice in sorted(voices, key=lambda voice: (len(origins[voice]), voice[0] != "assessed", voice)):
        if not origins[voice] & taken.union(*(origins[one] for one in found)):
            found.append(voice)
    return len(found)


def may_have_begun(so: when.Span | None, at: int | None) -> bool:
    return so is None or at is None or so.earliest_start <= at


def apart(claim: Claim) -> list[Claim]:
    """A claim as it is looked at for each of its incidents by itself; once if it tells of none."""
    return [claim] if "incident" in claim else [claim | {"incident": one} for one in claim["incidents"] or [None]]


def closed_by_hand(date: str, out: int, time_zone: str) -> str:
    """As somebody writes it who knows when its report was out at the latest: "since May" is until that day."""
    begins, interval, ends = date.partition("/")
    if not interval or ends not in ("", "..") or out in (when.EARLIEST, when.LATEST):
        return date
    closed = f"{begins}/{day_written(out, time_zone)}"
    try:
        when.parse(closed, time_zone)
    except when.EndsBeforeItBegins:
        # It tells of what was to come, and says nothing of its end.
        return date
    return closed


def day_written(instant: int, time_zone: str) -> str:
    year, month, day = date_of(day_at(instant, None if time_zone == "UTC" else ZoneInfo(time_zone)))
    return f"{year:04}-{month:02}-{day:02}"


def closed(dated: when.Span, date: str, out: when.Bounds, time_zone: str) -> when.Span:
    """The same of a report that may have come out on one of several days: it surely was so until the first of them."""
    by_hand = closed_by_hand(date, out.latest, time_zone)
    if by_hand == date:
        return dated
    on_last = when.span(by_hand, time_zone, period=False)
    first = out.earliest
    if first != when.EARLIEST:
        first = when.bounds(day_written(first, time_zone), time_zone).earliest
    surely = max(dated.earliest_end, min(first, on_last.earliest_end))
    return when.Span(on_last.earliest_start, on_last.latest_start, surely, on_last.latest_end)


def of_version(claims: Sequence[Claim], version: int) -> list[Claim]:
    """By the first version an open end was open."""
    return [claim | {"so": claim["open"]} if version == 1 else claim for claim in claims]


def figure_picture(claims: Sequence[Claim], at: int | None, rule: str, version: int = 2) -> dict[str, Any]:
    """Of the claims of one topic: groups of lines, and what was set aside. Since version 2 each incident is apart."""
    claims = of_version(claims, version)
    standing, aside = counted(claims)
    if not claims:
        return {"groups": [], "set_aside": []}
    stock = claims[0]["content"]["measure"] in STOCKS
    told_of = {claim["id"]: {one["incident"] for one in apart(claim)} for claim in standing}
    incidents = {None} if version == 1 else set().union(*told_of.values())
    groups = []
    for incident in incidents:
        about = [claim for claim in standing if version == 1 or incident in told_of[claim["id"]]]
        candidates = [claim for claim in about if is_candidate(claim, about, at, stock, version)]
        aside += filter(None, (left_out_at(claim, about, at, stock, version) for claim in about))
        gone = stock_superseded if stock else flow_superseded
        superseded = [
            claim for claim in candidates if any(gone(claim, other, candidates, rule, version) for other in candidates)
        ]
        aside += [(claim["id"], "superseded") for claim in superseded]
        followed = [
            claim
            for claim in candidates
            if claim not in superseded
            and not (stock or version == 1 or at is None)
            and gives_way(claim, standing, about, at)
        ]
        aside += [(claim["id"], "followed") for claim in followed]
        grouped: dict[Any, list[Claim]] = {}
        for claim in candidates:
            if claim not in superseded and claim not in followed:
                together = stock or incident is not None
                grouped.setdefault(None if together else period(claim["so"]), []).append(claim)
        here = [one for one in told_of_an_origin(claims) if incident in [each["incident"] for each in apart(one)]]
        for key, mine in grouped.items():
            told = [one for one in here if stock or incident is not None or period(one["so"]) == key]
            if incident is None:
                groups.append(group_of(key, mine, about, told, at, stock, version) | {"incident": None})
            else:
                groups.append(happening_of(mine, about, told, at, stock) | {"incident": incident})
    # What is set aside in several incidents is told once.
    return {"groups": sorted(groups, key=repr), "set_aside": sorted(set(aside))}


def is_candidate(claim: Claim, about: Sequence[Claim], at: int | None, stock: bool, version: int) -> bool:
    if stock:
        return may_have_begun(claim["so"], at)
    if version == 1 or at is None or claim["so"] is None:
        return may_contain(claim["so"], at)
    same = [
        other
        for other in about
        if is_same_toll(claim, other) and may_have_begun(other["so"], at) and takes_from(other, claim, version)
    ]
    over = [other for other in same if is_over(other, at)]
    if over:
        last = max(over, key=toll_end)
        return is_over(claim, at) and still_counts(last, about, at)
    return claim in same and all(toll_end(claim) <= toll_end(other) for other in same)


def left_out_at(
    claim: Claim, about: Sequence[Claim], at: int | None, stock: bool, version: int
) -> tuple[str, str] | None:
    """Why what may have begun by a moment is no number of it."""
    if stock or version == 1 or at is None or claim["so"] is None or not may_have_begun(claim["so"], at):
        return None
    if is_candidate(claim, about, at, stock, version):
        return None
    return claim["id"], "ended" if is_over(claim, at) else "longer"


def is_over(claim: Claim, at: int) -> bool:
    return bool(claim["so"].latest_end <= at)


def still_counts(last: Claim, about: Sequence[Claim], at: int) -> bool:
    """A toll that ended, what is asked of one incident, and a state of what anybody counts on from the same start."""
    return of_one_incident(last) or order_of_length(last["so"]) > THREE_DAYS or is_running(last, about, at)


def is_running(claim: Claim, about: Sequence[Claim], at: int) -> bool:
    return any(
        other["so"] is not None
        and place_of(other) == place_of(claim)
        and begins(other["so"]) == begins(claim["so"])
        and may_be_of(other, at)
        for other in about
    )


def begins(so: when.Span) -> tuple[int, int]:
    return so.earliest_start, so.latest_start


def of_one_incident(claim: Claim) -> bool:
    return claim.get("incident") is not None


def order_of_length(so: when.Span) -> float:
    """The lowest power of two that is longer."""
    if so.earliest_start <= when.EARLIEST or so.latest_end >= when.LATEST:
        return math.inf
    power = 0
    while 2**power <= so.latest_end - so.earliest_start:
        power += 1
    return power


# Three days and a few hours have not reached it.
THREE_DAYS = 38


def gives_way(claim: Claim, standing: Sequence[Claim], about: Sequence[Claim], at: int) -> bool:
    """Whether a toll of as great an order was counted after it; what tells of incidents only gives way to its like."""
    if claim["so"] is None or of_one_incident(claim) or order_of_length(claim["so"]) <= THREE_DAYS:
        return False
    return not is_running(claim, about, at) and any(
        other["so"] is not None
        and is_over(other, at)
        and certainly_earlier(claim["so"], other["so"])
        and order_of_length(other["so"]) >= order_of_length(claim["so"])
        and word_range(other["content"]) is not None
        and tells_of_incidents(other) == tells_of_incidents(claim)
        for other in standing
    )


def tells_of_incidents(claim: Claim) -> bool:
    return any(one["incident"] is not None for one in apart(claim))


def is_same_toll(claim: Claim, other: Claim) -> bool:
    one, two = claim["so"], other["so"]
    if voice_of(claim) != voice_of(other) or place_of(claim) != place_of(other) or one is None or two is None:
        return False
    return bool((one.earliest_start, one.latest_start) == (two.earliest_start, two.latest_start))


def toll_end(claim: Claim) -> tuple[int, int]:
    return claim["so"].latest_end, claim["so"].earliest_end


def may_contain(so: when.Span | None, at: int | None) -> bool:
    return so is None or at is None or so.earliest_start <= at <= so.latest_end


def may_be_of(claim: Claim, at: int | None, version: int = 2) -> bool:
    """As `may_contain`; since version 2 what ended at an hour is of its day, until midnight."""
    so = claim["so"]
    if version == 1 or so is None or at is None:
        return may_contain(so, at)
    return bool(so.earliest_start <= at < midnight_after(so, claim.get("time_zone", "UTC")))


def midnight_after(so: when.Span, time_zone: str) -> int:
    """When the day is over at an hour of which it ended; of what ended with a date, the instant after that."""
    if so.earliest_end != so.latest_end or so.latest_end in (when.EARLIEST, when.LATEST):
        return so.latest_end + 1
    then = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=so.latest_end)
    tomorrow = then.astimezone(ZoneInfo(time_zone)).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), ZoneInfo(time_zone)).astimezone(UTC)
    return (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def period(so: when.Span | None) -> tuple[int, int] | None:
    return None if so is None else (so.earliest_start, so.latest_end)


def takes_from(other: Claim, claim: Claim, version: int) -> bool:
    """Since version 2 a number is taken away by numbers only: "not known" is no other number."""
    return version == 1 or word_range(claim["content"]) is None or word_range(other["content"]) is not None


def stock_superseded(claim: Claim, other: Claim, among: Sequence[Claim], rule: str, version: int) -> bool:
    if not takes_from(other, claim, version):
        return False
    if certainly_earlier(claim["so"], other["so"]):
        one, two = one_voice_for_all_unattributed(claim), one_voice_for_all_unattributed(other)
        return one == two and place_of(claim) == place_of(other)
    return rule != "widest-range" and earlier_word(claim, other, among, version)


def earlier_word(claim: Claim, other: Claim, among: Sequence[Claim], version: int) -> bool:
    """By the same voice, about exactly the same span, or both without a date.

    Since version 2 what stands in one publication with the last of these words stands with it.
    """
    if not about_the_same(claim, other) or not later_word(other, claim) or not takes_from(other, claim, version):
        return False
    said = [one for one in among if about_the_same(claim, one) and takes_from(one, claim, version)]
    return version == 1 or not stands_with_the_last(claim, said)


def stands_with_the_last(claim: Claim, words: Sequence[Claim]) -> bool:
    last = next(one for one in words if not any(later_word(other, one) for other in words))
    return publication(claim) == publication(last)


def publication(claim: Claim) -> tuple[str, str]:
    """The editions of a dataset are one."""
    return ("dataset", claim["dataset"]) if claim["dataset"] is not None else ("report", claim["report"])


def about_the_same(claim: Claim, other: Claim) -> bool:
    return same_voice_and_time(claim, other) and place_of(claim) == place_of(other)


def dated(claim: Claim) -> when.Span | None:
    span: when.Span | None = claim.get("dated", claim["so"])
    return span


def told_of_an_origin(claims: Sequence[Claim]) -> list[Claim]:
    """What somebody may have had from another: also what is withdrawn or discredited, and no plans."""
    return [claim for claim in claims if claim["content"].get("hedge") != "intended"]


def same_voice_and_time(claim: Claim, other: Claim) -> bool:
    return voice_of(claim) == voice_of(other) and bool(claim["so"] == other["so"])


def place_of(claim: Claim) -> Any:
    """With by whom and how: what the topic of an incident may leave unsaid."""
    return tuple(claim["content"].get(name) for name in ("place", "by", "cause"))


def flow_superseded(claim: Claim, other: Claim, among: Sequence[Claim], rule: str, version: int) -> bool:
    """By a later state of the same cumulative toll, or a later word about the same period."""
    one, two = claim["so"], other["so"]
    if voice_of(claim) != voice_of(other):
        return False
    if one is None or two is None:
        return rule != "widest-range" and earlier_word(claim, other, among, version)
    if not is_same_toll(claim, other) or not takes_from(other, claim, version):
        return False
    if toll_end(other) != toll_end(claim):
        return toll_end(other) > toll_end(claim)
    return rule != "widest-range" and earlier_word(claim, other, among, version)


def group_of(
    key: Any,
    claims: Sequence[Claim],
    about: Sequence[Claim],
    told: Sequence[Claim],
    at: int | None,
    stock: bool,
    version: int,
) -> dict[str, Any]:
    """`about` is all that counts of the topic and incident, whether it stands or was superseded; `told` what was ever
    said of it, of the same period."""
    ranges = [(claim, numbers) for claim in claims if (numbers := word_range(claim["content"])) is not None]
    wholes = [(claim, numbers) for claim, numbers in ranges if version == 1 or not is_part_here(claim, about)]
    said = wholes or ranges
    apart = [
        (one, other)
        for (one, mine), (other, theirs) in combinations(ranges, 2)
        if voice_of(one) != voice_of(other)
        and not whole_and_part(one, other, version)
        and not meet(mine, theirs)
        and not (version > 1 and is_part_here(one if mine[0] < theirs[0] else other, about))
    ]
    disputing = version > 1 and any(
        other["id"] in one["disputes"] and voice_of(one) != voice_of(other) for one in claims for other in claims
    )
    voices = voices_among([voice_of(claim) for claim, _ in said])
    if version > 1:
        voices = independent([claim for claim, _ in said], may_be_one_number, told)
    if not ranges:
        verdict = "nothing"
    elif version > 1 and any(one_of_several(claim, [other for other, _ in said]) for claim, _ in said):
        verdict = "ambiguous"
    elif disputing or any(not stock or spans_meet(one["so"], other["so"]) for one, other in apart):
        verdict = "disagree"
    elif apart:
        verdict = "changed"
    else:
        verdict = ["unattributed", "one_voice", "agree"][min(voices["voices"], 2)]
    odds = [pair for pair in apart if not stock or spans_meet(pair[0]["so"], pair[1]["so"])]
    return {
        "so": key,
        "lines": sorted((figure_line(claim, at, stock, version) for claim in claims), key=repr),
        "range": without_best(verdict, hull([numbers for _, numbers in said]), version),
        **voices,
        "verdict": verdict,
        "at_odds": pairs_at_odds(claims, odds) if verdict == "disagree" else [],
    }


def pairs_at_odds(claims: Sequence[Claim], odds: Sequence[tuple[Claim, Claim]]) -> list[tuple[str, str]]:
    """Because of which voices disagree: by their numbers, or since one says so."""
    disputing = [
        (one, other)
        for one, other in permutations(claims, 2)
        if other["id"] in one["disputes"] and voice_of(one) != voice_of(other)
    ]
    return sorted({(min(one["id"], other["id"]), max(one["id"], other["id"])) for one, other in [*odds, *disputing]})


def happening_of(
    claims: Sequence[Claim], about: Sequence[Claim], told: Sequence[Claim], at: int | None, stock: bool
) -> dict[str, Any]:
    """All that stands of one incident is one group, whichever days it names. Arguments as for `group_of`."""
    parts = [claim for claim in claims if any(is_part(claim, other) for other in about)]
    with_one = with_range(claims)
    said = [claim for claim in with_one if claim not in parts] or with_one
    pairs = list(combinations(said, 2))
    same = {(one["id"], other["id"]): of_one_thing(one, other, said, stock) for one, other in permutations(said, 2)}
    odds = [
        (one, other)
        for one, other in permutations(with_one, 2)
        if word_range(one["content"])[0] > top(word_range(other["content"]))  # type: ignore[index, arg-type]
        and voice_of(one) != voice_of(other)
        and other not in parts
        and not whole_and_part(one, other)
        and of_one_thing(one, other, said, stock)
    ]
    own = [
        (one, other)
        for one, other in pairs
        if not stock
        and voice_of(one) == voice_of(other)
        and (one["so"], place_of(one)) != (other["so"], place_of(other))
        and same[one["id"], other["id"]]
        and not may_be_one_number(one, other)
    ]
    voices = independent(said, may_be_one_number, told)
    if not said:
        verdict = "nothing"
    elif any(one_of_several(claim, said) for claim in said):
        verdict = "ambiguous"
    elif any(
        other["id"] in one["disputes"] and voice_of(one) != voice_of(other) for one, other in permutations(claims, 2)
    ) or any(not stock or spans_meet(one["so"], other["so"]) for one, other in odds):
        verdict = "disagree"
    elif odds:
        verdict = "changed"
    elif not all(same.values()) or any(one["so"] == other["so"] for one, other in own):
        verdict = "ambiguous"
    elif own:
        verdict = "changed"
    else:
        verdict = ["unattributed", "one_voice", "agree"][min(voices["voices"], 2)]
    numbers = {claim["id"]: word_range(claim["content"]) for claim in said}
    found = hull([one for one in numbers.values() if one is not None])
    if found is not None:
        lowest = max(
            min(numbers[other["id"]][0] for other in said if other is one or same[one["id"], other["id"]])  # type: ignore[index]
            for one in said
        )
        of_all = any(all(same[one["id"], other["id"]] for other in said if other is not one) for one in said)
        found = lowest, found[1] if of_all else None, found[2]
    spans = [claim["so"] for claim in claims if claim["so"] is not None]
    then = [pair for pair in odds if not stock or spans_meet(pair[0]["so"], pair[1]["so"])]
    return {
        "at_odds": pairs_at_odds(claims, then) if verdict == "disagree" else [],
        "so": (min(so.earliest_start for so in spans), max(so.latest_end for so in spans))
        if spans and not stock
        else None,
        "lines": sorted((figure_line(claim, at, stock, 2) for claim in claims), key=repr),
        "range": without_best(verdict, found, 2),
        **voices,
        "verdict": verdict,
    }


def of_one_thing(one: Claim, other: Claim, said: Sequence[Claim], stock: bool) -> bool:
    """Of one incident: days side by side may be one, but not of one voice, nor where either tells of a nearer one."""
    if not of_one_place(one, other):
        return False
    if stock or spans_meet(one["so"], other["so"]):
        return True
    apart = distance(one, other)
    if voice_of(one) == voice_of(other) or apart > DAY:
        return False
    return not any(
        voice_of(third) == voice_of(theirs)
        and third["so"] is not None
        and of_one_place(mine, third)
        and distance(mine, third) < apart
        for mine, theirs in ((one, other), (other, one))
        for third in said
    )


def of_one_place(one: Claim, other: Claim) -> bool:
    """Nor by other parties, nor in other ways; and at a place inside is at the one around it."""
    (here, *mine), (there, *theirs) = place_of(one), place_of(other)
    inside = there in one.get("lies_in", ()) or here in other.get("lies_in", ())
    if not inside and None not in (here, there) and here != there:
        return False
    return all(None in pair or pair[0] == pair[1] for pair in zip(mine, theirs, strict=True))


def distance(one: Claim, other: Claim) -> int:
    first, second = one["so"], other["so"]
    between: int = max(first.earliest_start, second.earliest_start) - min(first.latest_end, second.latest_end)
    return max(between, 0)


def without_best(verdict: str, numbers: Range | None, version: int) -> Range | None:
    """Where which number is right cannot be told, none is the best."""
    if numbers is None or version == 1 or verdict not in ("disagree", "ambiguous", "changed"):
        return numbers
    return numbers[0], numbers[1], None


def may_be_one_number(one: Claim, other: Claim) -> bool:
    mine, theirs = word_range(one["content"]), word_range(other["content"])
    return mine is not None and theirs is not None and meet(mine, theirs)


def is_part_here(claim: Claim, about: Sequence[Claim]) -> bool:
    """Whether it is part of another number of the same thing and time."""
    always = claim["content"]["measure"] in STOCKS or of_one_incident(claim)
    return any(is_part(claim, other) and (always or period(claim["so"]) == period(other["so"])) for other in about)


def is_part(claim: Claim, other: Claim) -> bool:
    """No more than it, and it is not said of both that they are part of the other."""
    if claim["id"] not in other["parts"] or other["id"] in claim["parts"]:
        return False
    mine, theirs = word_range(claim["content"]), word_range(other["content"])
    return mine is None or theirs is None or bool(mine[0] <= top(theirs))


def spans_meet(one: when.Span | None, other: when.Span | None) -> bool:
    """What has no date meets every time."""
    if one is None or other is None:
        return True
    return one.earliest_start <= other.latest_end and other.earliest_start <= one.latest_end


def whole_and_part(one: Claim, other: Claim, version: int = 2) -> bool:
    if version > 1:
        return is_part(one, other) or is_part(other, one)
    return one["id"] in other["parts"] or other["id"] in one["parts"]


def one_of_several(claim: Claim, others: Sequence[Claim]) -> bool:
    """Whether one voice gives another number in one publication about the same time, which is no part of it.

    One number of two reports that proved to be one was recorded twice.
    """
    return any(
        other["id"] != claim["id"]
        and about_the_same(claim, other)
        and publication(claim) == publication(other)
        and not whole_and_part(claim, other)
        and not (
            claim["filed_in"] != other["filed_in"] and word_range(claim["content"]) == word_range(other["content"])
        )
        for other in others
    )


def figure_line(claim: Claim, at: int | None, stock: bool, version: int) -> tuple[Any, ...]:
    so = claim["so"]
    if so is None:
        state, age = "undated", None
    elif stock:
        state, age = state_at(claim, so, at, version)
        if state == "certain" and version > 1 and of_an_unsure_date(claim):
            state = "possible"
    elif version == 1 or may_be_of(claim, at):
        state, age = "period", None
    else:
        state, age = "last_known", (at - so.latest_end) // DAY
    return claim["id"], voice_of(claim), word_range(claim["content"]), state, age


def state_at(claim: Claim, so: when.Span, at: int | None, version: int) -> tuple[str, int | None]:
    if at is None:
        return "last_known", None
    if so.latest_start <= at <= so.earliest_end or (version > 1 and is_on_its_day(so, at)):
        return "certain", None
    if may_be_of(claim, at, version):
        return "possible", None
    return "last_known", (at - so.latest_end) // DAY


def is_on_its_day(so: when.Span, at: int) -> bool:
    """On the day to which it is dated; of what lasted on the last one, or on the first where no more is certain."""
    if not may_contain(so, at):
        return False
    if so.latest_end - so.earliest_end < 2 * DAY:
        return at >= min(so.earliest_end, so.latest_start)
    return so.latest_start > so.earliest_end and at <= so.latest_start and so.latest_start - so.earliest_start < 2 * DAY


def is_a_day(so: when.Span) -> bool:
    """Some moment of one day (of 25 hours at most) or second, as a report dates it."""
    one_date = (so.earliest_start, so.latest_start) == (so.earliest_end, so.latest_end)
    return one_date and so.latest_end - so.earliest_start < 2 * DAY


def over_groups(claims: Sequence[Claim], groups: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a map has room for: one range over the groups of a topic, and no number left out. Since version 2."""
    numbered = [group for group in groups if group["verdict"] != "nothing"]
    verdicts = [group["verdict"] for group in numbered]
    if not numbered:
        verdict = "nothing"
    elif len(numbered) == 1:
        verdict = verdicts[0]
    else:
        verdict = "disagree" if "disagree" in verdicts or more_within(claims, numbered) else "several"
    found = None
    if numbered:
        highest = max(top(group["range"]) for group in numbered)
        bests = {group["range"][2] for group in numbered}
        best = bests.pop() if len(bests) == 1 else None
        found = min(group["range"][0] for group in numbered), None if highest == math.inf else highest, best
    ages = [line[4] for group in numbered or groups for line in group["lines"] if line[2] is not None or not numbered]
    return {
        "range": found,
        "verdict": verdict,
        "groups": len(numbered),
        "age_days": None if None in ages or not ages else min(ages),
    }


def more_within(claims: Sequence[Claim], groups: Sequence[dict[str, Any]]) -> bool:
    """Whether a voice certainly counts more within a period than another in all of a longer one, of one happening."""
    standing, _ = counted(claims)
    known = {claim["id"]: claim for claim in standing}
    for incident in {group["incident"] for group in groups} & {None}:
        about = [claim for claim in standing if incident in [one["incident"] for one in apart(claim)]]
        lines = [known[line[0]] for group in groups if group["incident"] == incident for line in group["lines"]]
        parts = [claim for claim in lines if is_part_here(claim, about)]
        whole = [claim for claim in lines if claim not in parts]
        for inner, outer in permutations(lines, 2):
            first, second = inner["so"], outer["so"]
            less, more = word_range(outer["content"]), word_range(inner["content"])
            if first is None or second is None or less is None or more is None:
                continue
            if (
                inner["content"]["measure"] not in STOCKS
                and more[0] > top(less)
                and lies_within(first, second)
                and voice_of(inner) != voice_of(outer)
                and not whole_and_part(inner, outer)
                and outer not in parts
                and not of_a_rough_date(inner)
                and not of_a_rough_date(outer)
                and not is_unsure(inner, outer, whole)
            ):
                return True
    return False


def contradictions(claims: Sequence[Claim], version: int = 2, at: int | None = None) -> list[dict[str, Any]]:
    """Pairs of one topic that cannot both be right, or that say so themselves; with `at` also of the states of then."""
    claims = of_version(claims, version)
    left = compared(claims, version)
    if at is not None and version > 1:
        groups = figure_picture(claims, at, "latest-per-claimant")["groups"]
        then = {line[0] for group in groups for line in group["lines"]} | {claim["id"] for claim in left}
        left = [claim for claim in claims if claim["id"] in then]
    standing, _ = counted(claims)
    parts = [claim for claim in left if version > 1 and is_part_here(claim, standing)]
    found = []
    for one, other in combinations(left, 2):
        stock = one["content"]["measure"] in STOCKS
        declared = one["id"] in other["disputes"] or other["id"] in one["disputes"]
        if version > 1 and voice_of(one) == voice_of(other):
            declared = False
        if declared or (contradict(one, other, stock, version) and lower_of(one, other) not in parts):
            several = [claim for claim in left if claim not in parts]
            found.append(
                {
                    "claims": tuple(sorted((one["id"], other["id"]))),
                    "declared": declared,
                    "time": "certain" if together_for_sure(one, other, stock, version) else "possible",
                    "unsure": ("one_of_several",) if version > 1 and is_unsure(one, other, several) else (),
                }
            )
    return sorted(found, key=repr)


def lower_of(one: Claim, other: Claim) -> Claim:
    """Of two that do not meet: a part of its topic says how many at least, so less than another it may well be."""
    mine, theirs = word_range(one["content"]), word_range(other["content"])
    assert mine is not None
    assert theirs is not None
    return one if mine[0] < theirs[0] else other


def compared(claims: Sequence[Claim], version: int) -> list[Claim]:
    """Of the claims of one topic, those that are neither set aside nor superseded, whatever the moment."""
    standing, _ = counted(claims)
    stock = bool(claims) and claims[0]["content"]["measure"] in STOCKS

    def gone(claim: Claim) -> bool:
        if stock:
            return any(earlier_word(claim, other, standing, version) for other in standing)
        return any(flow_superseded(claim, other, standing, "latest-per-claimant", version) for other in standing)

    return [claim for claim in standing if not gone(claim)]


def with_range(claims: Sequence[Claim]) -> list[Claim]:
    return [claim for claim in claims if word_range(claim["content"]) is not None]


def is_unsure(one: Claim, other: Claim, left: Sequence[Claim]) -> bool:
    """Whether one of the two gives one of several numbers."""
    numbered = with_range(left)
    return any(claim in numbered and one_of_several(claim, numbered) for claim in (one, other))


def contradict(one: Claim, other: Claim, stock: bool, version: int = 2) -> bool:
    mine, theirs = word_range(one["content"]), word_range(other["content"])
    if mine is None or theirs is None or voice_of(one) == voice_of(other) or whole_and_part(one, other, version):
        return False
    first, second = one["so"], other["so"]
    if stock:
        return spans_meet(first, second) and not meet(mine, theirs)
    if first is None or second is None:
        return first is second and not meet(mine, theirs)
    if period(first) == period(second) and not meet(mine, theirs):
        return True
    return (lies_within(first, second, version) and mine[0] > top(theirs)) or (
        lies_within(second, first, version) and theirs[0] > top(mine)
    )


def lies_within(inner: when.Span, outer: when.Span, version: int = 2) -> bool:
    """Certainly. Since version 2 a day is an edge as a whole, and the same date begins, or ends, both at once."""
    starts, ends = (outer.earliest_start, outer.latest_start), (outer.earliest_end, outer.latest_end)
    if version == 1:
        return starts[1] <= inner.earliest_start and inner.latest_end <= ends[0]
    begun = starts[0] if starts[1] - starts[0] < 2 * DAY else starts[1]
    until = ends[1] if ends[1] - ends[0] < 2 * DAY else ends[0]
    same_start = starts == (inner.earliest_start, inner.latest_start)
    same_end = ends == (inner.earliest_end, inner.latest_end)
    return (same_start or begun <= inner.earliest_start) and (same_end or inner.latest_end <= until)


def of_an_unsure_date(claim: Claim) -> bool:
    return bool({"?", "%"} & {*(claim["content"].get("when") or "")})


def of_a_rough_date(claim: Claim) -> bool:
    """About when it was, or when who said it was not sure that it was."""
    return bool({*"~?%"} & {*(claim["content"].get("when") or "")})


def together_for_sure(one: Claim, other: Claim, stock: bool, version: int) -> bool:
    if version > 1 and (of_a_rough_date(one) or of_a_rough_date(other)):
        return False
    return certainly_together(one["so"], other["so"], stock, version)


def certainly_together(one: when.Span | None, other: when.Span | None, stock: bool, version: int = 2) -> bool:
    if one is None or other is None:
        return False
    if stock:
        first, second = certain_time(one, version), certain_time(other, version)
        return max(first[0], second[0]) <= min(first[1], second[1])
    return period(one) == period(other) or lies_within(one, other, version) or lies_within(other, one, version)


def certain_time(so: when.Span, version: int) -> tuple[int, int]:
    """From when to when it certainly was so; the end before the beginning where that is never."""
    if version > 1 and is_a_day(so):
        return so.earliest_start, so.latest_end
    return so.latest_start, so.earliest_end
