"""What answers have in common: claims with who says so and in which report, and dates as people write them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from interfaces.cli.account import published
from interfaces.cli.sheet import Sheet
from interfaces.messages import words
from interfaces.messages.words import Names, clean, counted

NOTHING: Mapping[str, Any] = {}
OLD_ENOUGH_FOR_YEARS = 730
_A_MOMENT = timedelta(microseconds=1)


class Told:
    """An answer with what its ids are called; instants are told in the dossier's time zone."""

    def __init__(self, answer: Mapping[str, Any], time_zone: str, names: Names | None = None) -> None:
        self.answer = answer
        self.claims: Mapping[str, Any] = answer.get("claims", NOTHING)
        named = answer.get("names", NOTHING)
        self.reports: Mapping[str, Any] = named.get("reports", NOTHING)
        self.names = names or Names(*(named.get(kind, NOTHING) for kind in ("actors", "places", "sources")))
        self._zone = ZoneInfo(time_zone)

    def content(self, claim: str) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.claims[claim]["content"]
        return content

    def without_text(self, claim: str) -> str:
        """What a claim says, without the words that it may have beside it."""
        content = {name: value for name, value in self.content(claim).items() if name not in ("text", "hedge")}
        return words.said(content, self.names, with_note=False)

    def who(self, claim: str) -> str:
        return words.who(self.content(claim), self.names)

    def voice(self, voice: Mapping[str, Any]) -> str:
        """Whose word it is; of nobody's, which report has it, or the assessment that holds several to be one."""
        if voice.get("claimant"):
            return self.names.source(voice["claimant"])
        where = f"in {voice['report']}" if voice.get("report") else ""
        return ", ".join(filter(None, ("unattributed", where, *one_origin(voice))))

    def report(self, claim: str) -> str:
        id_ = str(self.claims[claim]["report"])
        return self.report_named(id_)

    def report_named(self, id_: str) -> str:
        """`ad-2018-12-17 (2018-12-17)`: a report and when it came out."""
        found = self.reports.get(id_)
        return f"{id_} ({published(found)})" if found else id_

    def marks(self, claim: str) -> Iterator[str]:
        """What a reader must know of a claim besides what it says."""
        told, content = self.claims[claim], self.content(claim)
        if content.get("hedge"):
            yield f"hedge: {content['hedge']}"
        if content.get("inferred"):
            yield f"inferred: {', '.join(content['inferred'])}"
        if told.get("withdrawn"):
            yield "withdrawn"
        if told.get("incident"):
            yield f"incident {told['incident']}"
        report = self.reports.get(told["report"], NOTHING)
        if report.get("discredited_because"):
            yield "report discredited"
        if report.get("cited_in"):
            yield "report not seen"

    def local(self, instant: str | None) -> datetime | None:
        """A moment in the dossier's time zone; None if it is open, or not of this calendar."""
        try:
            return None if instant is None else datetime.fromisoformat(instant).astimezone(self._zone)
        except (ValueError, OverflowError):
            return None

    def until(self, instant: str) -> str:
        """A cut-off: the day, where it is the last instant of one, else the moment."""
        local = self.local(instant)
        if local is None:
            return instant
        if (local.time().replace(microsecond=0).isoformat(), local.microsecond) == ("23:59:59", 999_999):
            return f"{local:%Y-%m-%d}"
        utc = local.astimezone(UTC)
        return f"{utc:%Y-%m-%dT%H:%M}Z" if utc.second == 0 else f"{utc:%Y-%m-%dT%H:%M:%S}Z"

    def period(self, begin: str | None, end: str | None) -> str:
        """`2018-10`, `2018-12-17`, `2018-09-10 to 2018-12-17`, `from 2018-12-18`: days, as few as tell it."""
        first, last = self.local(begin), self.local(end)
        if first is None or last is None:
            since = f"from {_day(first, begin)}" if begin else ""
            return " ".join(filter(None, (since, f"to {_day(last, end)}" if end else ""))) or "at any time"
        after = last + _A_MOMENT if last < datetime.max.replace(tzinfo=last.tzinfo) - timedelta(days=1) else last
        if first.time() == after.time() == datetime.min.time():
            if (first.month, first.day, after.month, after.day, after.year - first.year) == (1, 1, 1, 1, 1):
                return f"{first:%Y}"
            if first.day == after.day == 1 and (after.year - first.year) * 12 + after.month - first.month == 1:
                return f"{first:%Y-%m}"
        return f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"

    def clocks(self) -> Iterator[str]:
        answer = self.answer
        yield f"as of position {answer['position']:,}"
        if answer.get("at"):
            yield f"at {self.until(answer['at'])} in the world"
        if answer.get("reported_by"):
            surely = "possibly" if answer["certainty"] == "possible" else "certainly"
            yield f"{surely} published by {self.until(answer['reported_by'])}"

    def closing(self, *before: str, gap: bool = True) -> None:
        """By which clocks and rules it was answered."""
        rules = self.answer.get("rules")
        told = [*before, *self.clocks(), *([f"by {', '.join(rules)}"] if rules else [])]
        sheet = Sheet(beside=False)
        if gap:
            sheet.gap()
        sheet.row("", details=[(part, "dim") for part in told])
        sheet.print()


def _day(moment: datetime | None, as_given: str | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else clean(as_given)


def age(days: int) -> str:
    if days < OLD_ENOUGH_FOR_YEARS:
        return f"{counted(days, 'day')} old"
    return f"{days / 365.25:.1f} years old"


def one_origin(voice: Mapping[str, Any]) -> Iterator[str]:
    """That an assessment holds it to come from where others come from too."""
    if voice.get("assessment"):
        yield f"one origin by assessment {voice['assessment']}"


def why_aside(aside: Mapping[str, Any]) -> str:
    """Why a claim counts for nothing, and by which other one."""
    by = f" by {aside['by']}" if aside.get("by") else ""
    return f"set aside: {aside['why'].replace('_', ' ')}{by}"


def voices(attributed: int, unattributed: int) -> str:
    """How many speak: an unattributed one never counts as a second voice."""
    told = [counted(attributed, "voice")] if attributed else []
    return " and ".join([*told, f"{unattributed} unattributed"] if unattributed else told)


def joined_ids(ids: Sequence[str], most: int = 8) -> str:
    """`c1, c2, c3`; of very many the first, and how many more."""
    told = ", ".join(ids[:most])
    return told if len(ids) <= most else f"{told} and {len(ids) - most:,} more"
