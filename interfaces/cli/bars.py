"""Ranges and times drawn as bars, in characters that need no colour to be read."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from interfaces.messages.wording import Wording

Number = int | float

SURE, ROOM, BEST, NO_BOUND, ZERO = "█", "░", "┃", "▶", "▏"
# "Some" and "many" say that it is not none, and nothing of how many.
AT_MOST_TWO = 2
_RANGES = {"sure": SURE, "room": ROOM, "best": BEST, "no_bound": NO_BOUND}

# What is drawn over what: a later one hides an earlier one where they share a character.
DRAWN = {"last_known": "·", "presumed": "░", "changed": "~", "possible": "▒", "stated": "█", "ended": "×"}

# Beyond the last word, room for what is last known.
_AFTERWARDS = 0.12
# A shorter scale would draw an instant as an age.
_SHORTEST = timedelta(days=3)
# Where the calendar ends in every time zone.
_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
# The forms of labels, with the room that each takes with what keeps it from the next.
_FORMS = {"day": 13, "month": 10, "year": 7}
_STEPS = (
    (1, "day"), (7, "day"), (1, "month"), (2, "month"), (6, "month"),
    (1, "year"), (2, "year"), (5, "year"), (20, "year"), (100, "year"),
)  # fmt: skip


def ranges_told(wording: Wording) -> str:
    """What is drawn of a range: `█ at least so many  ┃ best`."""
    return "  ".join(f"{drawn} {wording.put(f'bar_{what}')}" for what, drawn in _RANGES.items())


def times_told(wording: Wording) -> str:
    """What is drawn of a time, the surest first."""
    order = ("stated", "possible", "presumed", "last_known", "changed", "ended")
    return "  ".join(f"{DRAWN[how]} {wording.put(f'drawn_{how}')}" for how in order)


def top_of(ranges: Iterable[tuple[Number | None, Number | None, Number | None]]) -> float:
    """The end of the scale for ranges (low, best, high): beyond the highest number if one has no upper bound."""
    found = list(ranges)
    highest = max((number for each in found for number in each if number is not None), default=0)
    unbounded = any(low is not None and high is None for low, _, high in found)
    return float(highest or 1) * (1.25 if unbounded else 1.0)


def range_bar(low: Number | None, best: Number | None, high: Number | None, top: float, width: int) -> str:
    """From nothing to `low` solid, from there to `high` light; nothing at all where nothing can be said.

    An outline where it is some, or many: one or two at the least, and no upper bound.
    """
    if low is None:
        return ""
    if high == 0:
        return ZERO
    if high is None and best is None and low <= AT_MOST_TWO:
        return ROOM * (width - 1) + NO_BOUND
    end = width if high is None else max(1, _cell(high, top, width))
    start = min(_cell(low, top, width), end)
    if low == high:
        return SURE * end
    start = min(start, end - 1)
    cells = [SURE] * start + [ROOM] * (end - start)
    # In less than that it would hide the range.
    if best is not None and end - start > 1:
        cells[min(max(_cell(best, top, width) - 1, 0), end - 1)] = BEST
    if high is None:
        cells[-1] = NO_BOUND
    return "".join(cells)


def _cell(value: Number, top: float, width: int) -> int:
    return min(width, max(0, round(value / top * width)))


@dataclass(frozen=True, slots=True)
class BarStretch:
    """A time drawn `how`; None is open to that side."""

    begin: datetime | None
    end: datetime | None
    how: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of time, `width` characters wide."""

    begin: datetime
    end: datetime
    width: int

    @classmethod
    def over(cls, stretches: Iterable[BarStretch], moments: Sequence[datetime], width: int) -> "Scale | None":
        """From the first known moment to the last; None if there is no moment at all."""
        ends = [(one.begin, one.end) for one in stretches]
        found = [*moments, *(moment for pair in ends for moment in pair if moment is not None)]
        if not found:
            return None
        begin, end = min(found), max(found)
        if end - begin < _SHORTEST:
            begin = min(begin, _LAST - _SHORTEST)
            end = begin + _SHORTEST
        if any(last is None for _, last in ends):
            end += min((end - begin) * _AFTERWARDS, _LAST - end)
        return cls(begin, end, width)

    def cell(self, moment: datetime) -> int:
        share = (moment - self.begin) / (self.end - self.begin)
        return min(self.width - 1, max(0, math.floor(share * self.width)))

    def bar(self, stretches: Iterable[BarStretch]) -> str:
        """All of them on one line."""
        cells = [" "] * self.width
        rank = list(DRAWN)
        for one in sorted(stretches, key=lambda one: rank.index(one.how)):
            first = 0 if one.begin is None else self.cell(one.begin)
            last = self.width - 1 if one.end is None else self.cell(one.end)
            # What has ended is marked where it ended, and not drawn on.
            last = first if one.how == "ended" else last
            cells[first : last + 1] = DRAWN[one.how] * (last + 1 - first)
        return "".join(cells).rstrip()

    def mark(self, moment: datetime) -> str:
        return " " * self.cell(moment) + "▼"

    def labels(self) -> str:
        """Dates below one another's beginnings, as many as there is room for."""
        line = ""
        for moment, told in self._ticks():
            at = self.cell(moment)
            if at >= len(line) + (2 if line else 0) and at + 1 + len(told) <= self.width:
                line = line.ljust(at) + "╷" + told
        return line

    def _ticks(self) -> Iterator[tuple[datetime, str]]:
        """The finest of years, months and days that leave room for their labels."""
        ticks: list[tuple[datetime, str]] = []
        for step, form in _STEPS:
            room = max(1, self.width // _FORMS[form])
            ticks = list(_calendar(self.begin, self.end, step, form, most=room + 1))
            if len(ticks) <= room:
                break
        yield from ticks or [(self.begin, _worded(self.begin, "day"))]


def _calendar(begin: datetime, end: datetime, step: int, form: str, *, most: int) -> Iterator[tuple[datetime, str]]:
    """Beginnings of days, months or years between two moments, no more than `most`."""
    moment = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    if form != "day":
        moment = moment.replace(day=1, month=1 if form == "year" else moment.month - (moment.month - 1) % step)
    if form == "year":
        moment = moment.replace(year=max(1, moment.year - moment.year % step))
    given = 0
    while moment <= end and given < most:
        if moment >= begin:
            given += 1
            yield moment, _worded(moment, form)
        try:
            moment = _after(moment, step, form)
        except (ValueError, OverflowError):
            # The calendar ends with the year 9999.
            return


def _after(moment: datetime, step: int, form: str) -> datetime:
    if form == "day":
        return moment + timedelta(days=step)
    months = moment.month - 1 + (step if form == "month" else 12 * step)
    return moment.replace(year=moment.year + months // 12, month=months % 12 + 1)


def _worded(moment: datetime, form: str) -> str:
    return {"day": f"{moment:%Y-%m-%d}", "month": f"{moment:%Y-%m}", "year": f"{moment:%Y}"}[form]


def together(stretches: Iterable[BarStretch]) -> list[BarStretch]:
    """Stretches drawn alike that follow one another as one; the others as they are."""
    found: list[BarStretch] = []
    for one in stretches:
        before = found[-1] if found else None
        if before and before.how == one.how and before.end and one.begin and _adjoin(before.end, one.begin):
            found[-1] = BarStretch(before.begin, one.end, one.how)
        else:
            found.append(one)
    return found


def _adjoin(end: datetime, begin: datetime) -> bool:
    return timedelta(0) <= begin - end <= timedelta(seconds=1)
