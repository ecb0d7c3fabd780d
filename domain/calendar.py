"""Days and wall clocks as instants: the proleptic Gregorian calendar, and what time zones make of it.

Instants and walls are microseconds since 1970-01-01, in UTC and on the clocks of a zone; no zone is UTC.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = 1_000_000
DAY = 86_400 * SECOND
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_WALL = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
_LAST_WALL = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a proleptic Gregorian date; months beyond 12 run on into the next year."""
    # Years begin in March, so that the leap day is the last (after Howard Hinnant's days_from_civil).
    years, months = divmod(year * 12 + month - 3, 12)
    return years * 365 + years // 4 - years // 100 + years // 400 + (153 * months + 2) // 5 + day - 719_469


def date_of(number: int) -> tuple[int, int, int]:
    cycles, day = divmod(number + 719_468, 146_097)
    years = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * years + years // 4 - years // 100
    months = (5 * day + 2) // 153
    day -= (153 * months + 2) // 5
    month = months + 3 if months < 10 else months - 9
    return cycles * 400 + years + (month <= 2), month, day + 1


def extent(first_day: int, day_after: int, zone: ZoneInfo | None) -> tuple[int, int]:
    """The first instant of a day and the last before another, on the clocks of `zone`."""
    earliest, latest = first_day * DAY, day_after * DAY - 1
    if zone is not None:
        earliest, latest = _first_instant(earliest, zone), _last_instant(latest, zone)
        # A day that a time zone skipped (Samoa had no 2011-12-30) is the instant at which it was skipped.
        latest = max(earliest, latest)
    return earliest, latest


def day_at(instant: int, zone: ZoneInfo | None) -> int:
    """The day that it is at an instant on the clocks of `zone`."""
    if zone is not None and _FIRST_WALL + DAY <= instant <= _LAST_WALL - DAY:
        instant += _ahead((EPOCH + timedelta(microseconds=instant)).astimezone(zone))
    return instant // DAY


def _first_instant(wall: int, zone: ZoneInfo) -> int:
    """The first instant at which the clocks of `zone` stood at `wall`, or jumped over it."""
    once, again = offsets(wall, zone)
    return wall - once if once >= again else _jump(wall, zone, once, again)


def _last_instant(wall: int, zone: ZoneInfo) -> int:
    """The last instant at which they stood at `wall`, or the last before they jumped over it."""
    once, again = offsets(wall, zone)
    return wall - again if once >= again else _jump(wall, zone, once, again) - 1


def offsets(wall: int, zone: ZoneInfo) -> tuple[int, int]:
    """What `zone` is ahead of UTC when its clocks stand at `wall` for the first time and for the last.

    The first is the smaller where the clocks jump over `wall`. Beyond the years that Python's calendar knows,
    every zone is UTC.
    """
    if not _FIRST_WALL <= wall <= _LAST_WALL:
        return 0, 0
    moment = EPOCH.replace(tzinfo=zone) + timedelta(microseconds=wall)
    return _ahead(moment), _ahead(moment.replace(fold=1))


def _ahead(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta()) // MICROSECOND


def _jump(wall: int, zone: ZoneInfo, before: int, after: int) -> int:
    """The instant, a whole second, at which the clocks jumped over `wall`."""
    low, high = (wall - after) // SECOND, -(-(wall - before) // SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if _ahead((EPOCH + timedelta(seconds=middle)).astimezone(zone)) == after:
            high = middle
        else:
            low = middle
    return high * SECOND
