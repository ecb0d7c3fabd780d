"""What answers have in common: claims with who says so and in which report, and dates as people write them."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from domain.items_named import items_named
from interfaces.cli.account import offset, published
from interfaces.cli.output import language_asked
from interfaces.cli.sheet import Sheet
from interfaces.cli.short_ids import shortened
from interfaces.messages import words
from interfaces.messages.wording import Wording
from interfaces.messages.words import Names, clean

NOTHING: Mapping[str, Any] = {}
OLD_ENOUGH_FOR_YEARS = 730
# By family of change: in which colour.
FAMILIES: Mapping[str, str] = {
    "source": "cyan",
    "record": "yellow",
    "judgement": "magenta",
    "declared": "green",
    "world": "green",
}
# What makes the number of a figure.
_NUMBERS = ("low", "best", "high", "qualifier", "magnitude", "measure", "unit", "hedge")
_A_MOMENT = timedelta(microseconds=1)


class Told:
    """An answer with what its ids are called; instants are told in the dossier's time zone.

    `asked` are the clocks as somebody gave them: `at`, `reported_by`, `as_of`.
    """

    def __init__(
        self,
        answer: Mapping[str, Any],
        time_zone: str,
        names: Names | None = None,
        asked: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.answer, self._asked = answer, asked
        self.claims: Mapping[str, Any] = answer.get("claims", NOTHING)
        named = answer.get("names", NOTHING)
        self.reports: Mapping[str, Any] = named.get("reports", NOTHING)
        actors, places, sources, labels, incidents = (
            named.get(kind, NOTHING) for kind in ("actors", "places", "sources", "words", "incidents")
        )
        apart = named.get("apart", NOTHING)
        self.names = names or Names(actors, places, sources, labels, language_asked(), apart=apart, incidents=incidents)
        self._zone = ZoneInfo(time_zone)

    @cached_property
    def _short(self) -> Mapping[str, str]:
        incidents = (incident for told in self.claims.values() for incident in told.get("incidents", ()))
        return shortened([*self.claims, *self.reports, *incidents])

    def id(self, id_: str) -> str:
        """An id of this answer as a table has it."""
        return self._short.get(id_, id_)

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
        wording = self.names.wording
        where = ""
        if voice.get("report"):
            where = wording.sentences["in_report"].format(self.names.whole(self.id(voice["report"]))).strip()
        return wording.joint.join(
            filter(None, (wording.phrases["unattributed"], where, *one_origin(voice, self.names)))
        )

    def report(self, claim: str) -> str:
        id_ = str(self.claims[claim]["report"])
        return self.report_named(id_)

    def report_named(self, id_: str) -> str:
        """`ad-2018-12-17 (2018-12-17)`: a report and when it came out."""
        found = self.reports.get(id_)
        return f"{self.id(id_)} ({published(found)})" if found else id_

    def marks(self, claim: str) -> Iterator[str]:
        """What a reader must know of a claim besides what it says."""
        told, content, names = self.claims[claim], self.content(claim), self.names
        if content.get("hedge"):
            yield names.put("hedge", names.wording.hedges[content["hedge"]])
        if content.get("inferred"):
            yield names.put("inferred", words.inferred(content, names))
        if told.get("withdrawn"):
            yield self.withdrawn(claim)
        elif told.get("earlier"):
            yield names.put("revised")
        for relation in ("overlaps", "alternative_to"):
            if told.get(relation):
                yield names.put(relation, names.ids(map(self.id, told[relation])))
        for incident in told.get("incidents", ()):
            yield names.wording.sentences["incident"].format(names.titled(incident, self.id(incident)))
        report = self.reports.get(told["report"], NOTHING)
        if report.get("discredited_because"):
            yield names.put("report_discredited")
        if report.get("cited_in"):
            yield names.put("report_not_seen")

        yield from words.taken_from(told, names, self.id, of_claim=True)
        gone = set(self.answer.get("names", NOTHING).get("retracted", ()))
        named = {"report/" + str(told["report"]), *map("/".join, items_named(content))}
        yield from words.retracted_items(sorted(named & gone), names)

    def earlier(self, claim: str) -> Iterator[str]:
        """`earlier: about 12,000 · ocha-1 (2024-04-20)`: what a figure had said before, where it was another number, or
        of another time or place.
        """
        followed_by, lines = self.content(claim), list[str]()
        for one in reversed(self.claims[claim].get("earlier", ())):
            content, report = one["content"], str(one["report"])
            other = [name for name in (*_NUMBERS, "when", "place") if content.get(name) != followed_by.get(name)]
            followed_by = content
            if content["kind"] != "figure" or not other:
                continue
            said = [as_said(content, self.names)]
            if "when" in other:
                said.append(self.names.whole(clean(content.get("when") or self.names.put("undated"))))
            if "place" in other and content.get("place"):
                said.append(self.names.place(content["place"]))
            in_report = [self.names.whole(self.report_named(report))]
            if self.reports.get(report, NOTHING).get("discredited_because"):
                in_report.append(self.names.put("report_discredited"))
            told = self.names.put("earlier", self.names.wording.joint.join(said))
            lines.append(" · ".join([told, *in_report]))
        yield from reversed(lines)

    def withdrawn(self, claim: str) -> str:
        """`withdrawn in rights-0418 (2017-04-18)`; a report that was taken back in no other: since when."""
        told = self.claims[claim]
        report, since = told.get("withdrawn_in"), told.get("withdrawn_when")
        if report:
            taken_back = self.names.put("withdrawn_in", self.names.whole(self.report_named(str(report))))
            discredited = self.reports.get(str(report), NOTHING).get("discredited_because")
            return self.names.put("itself_discredited", taken_back) if discredited else taken_back
        return (
            self.names.put("withdrawn_when", self.names.whole(clean(since))) if since else self.names.put("withdrawn")
        )

    def local(self, instant: str | None) -> datetime | None:
        """A moment in the dossier's time zone; None if it is open, or not of this calendar."""
        try:
            return None if instant is None else datetime.fromisoformat(instant).astimezone(self._zone)
        except (ValueError, OverflowError):
            return None

    def until(self, instant: str) -> str:
        """A cut-off by the dossier's time zone: the day, where it is the last instant of one, else the moment."""
        local = self.local(instant)
        if local is None:
            return instant
        if (local.time().replace(microsecond=0).isoformat(), local.microsecond) == ("23:59:59", 999_999):
            return f"{local:%Y-%m-%d}"
        told = f"{local:%Y-%m-%dT%H:%M}" if local.second == 0 else f"{local:%Y-%m-%dT%H:%M:%S}"
        return told + (offset(local) or "Z")

    def period(self, begin: str | None, end: str | None) -> str:
        """`2018-10`, `2018-12-17`, `2018-09-10 to 2018-12-17`, `from 2018-12-18`: days, as few as tell it."""
        first, last = self.local(begin), self.local(end)
        if first is None or last is None:
            since = self._put_day("from_day", _day(first, begin)) if begin else ""
            until = self._put_day("to_day", _day(last, end)) if end else ""
            return " ".join(filter(None, (since, until))) or self.names.put("at_any_time")
        after = last + _A_MOMENT if last < datetime.max.replace(tzinfo=last.tzinfo) - timedelta(days=1) else last
        if first.time() == after.time() == datetime.min.time():
            if (first.month, first.day, after.month, after.day, after.year - first.year) == (1, 1, 1, 1, 1):
                return self.names.whole(f"{first:%Y}")
            if first.day == after.day == 1 and (after.year - first.year) * 12 + after.month - first.month == 1:
                return self.names.whole(f"{first:%Y-%m}")
        days = [self.names.whole(f"{each:%Y-%m-%d}") for each in (first, last)]
        return days[0] if first.date() == last.date() else self.names.put("days", *days)

    def _put_day(self, answer: str, day: str) -> str:
        return self.names.put(answer, self.names.whole(day))

    def clocks(self) -> Iterator[str]:
        answer, names = self.answer, self.names
        as_of = str(self._asked.get("as_of") or "")
        position = names.wording.number(answer["position"])
        if as_of and not as_of.isdecimal():
            yield names.put("as_of_asked", asked=names.whole(clean(as_of)), position=position)
        else:
            yield names.put("as_of", position)
        if answer.get("at"):
            yield names.put("at", names.whole(self._cut_off("at")))
        if answer.get("reported_by"):
            surely = "possibly" if answer["certainty"] == "possible" else "certainly"
            yield names.put(f"published_{surely}", names.whole(self._cut_off("reported_by")))

    def narrowed(self) -> Iterator[str]:
        """Of what only the answer tells, as it can be typed: `only --place tarim --since 2024-04`."""
        filters = self.answer.get("filters")
        if filters:
            options = (option for name, value in filters.items() for option in _options(name, value))
            yield self.names.put("only", self.names.whole(" ".join(options)))

    def _cut_off(self, clock: str) -> str:
        """`2018-12-17`, `2018-12 (2018-12-31)`: as it was asked, and where that is another word, up to when that is."""
        asked, until = str(self._asked.get(clock) or ""), self.until(self.answer[clock])
        return f"{clean(asked)} ({until})" if asked not in ("", until) else until

    def closing(self, *before: str, gap: bool = True) -> None:
        """By which clocks and rules it was answered."""
        gone = self.answer.get("names", NOTHING).get("retracted", ())
        rules = self.answer.get("rules")
        names = self.names
        told = [
            *before,
            *self.narrowed(),
            *self.clocks(),
            *([names.put("by_rules", names.ids(rules))] if rules else []),
        ]
        sheet = Sheet(beside=False)
        if gap:
            sheet.gap()
        if gone:
            sheet.row("", details=[(names.put("still_named", names.ids(gone)), "yellow")])
        sheet.row("", details=[(part, "dim") for part in told])
        sheet.print()


# Parameters that are options without a value, or of another name.
_FLAGS = {
    ("unattributed", "true"): "--unattributed",
    ("unattributed", "false"): "--attributed",
    ("moved", "true"): "--moved",
    ("moved", "false"): "--unmoved",
    ("holds", "certain"): "--certainly",
}
_CALLED = {"after": "since-position"}


def _options(name: str, value: str | Sequence[str]) -> Iterator[str]:
    for each in [value] if isinstance(value, str) else value:
        written = clean(each)
        written = written if written.replace("-", "").isalnum() or ":" in written else shlex.quote(written)
        yield _FLAGS.get((name, each)) or f"--{_CALLED.get(name, name.replace('_', '-'))} {written}"


def as_said(content: Mapping[str, Any], names: Names) -> str:
    """The number as the report gives it: `about 2,000`, `hundreds`, `unknown`."""
    said = words.number_in(content, names.wording)
    return {"an unknown number of": "unknown"}.get(said, said.removesuffix(" of"))


def _day(moment: datetime | None, as_given: str | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else clean(as_given)


def family_in_words(family: str, names: Names) -> str:
    """`the source changed its word`. Of a judgement it is not known whether there was one before."""
    if family == "world":
        return names.put("family_world")
    return names.wording.families["first_judgement" if family == "judgement" else family]


def family_of_event(event: Mapping[str, Any], names: Names, claimant: str | None = None) -> str:
    """The same of one event: `the publisher changed its word`. `claimant`: whose claim it is, where that is known."""
    if event["family"] != "source":
        return family_in_words(event["family"], names)
    by_whom = words.ByWhom.of(event, names.source(claimant) if claimant else None)
    return words.family_in_words("source", event["type"], by_whom, names.wording)


def age(days: int, wording: Wording) -> str:
    if days < OLD_ENOUGH_FOR_YEARS:
        return wording.counted("days_old", days)
    years = round(days / 365.25, 1)
    return wording.counted("years_old", years, wording.decimal(years))


def one_origin(voice: Mapping[str, Any], names: Names) -> Iterator[str]:
    """That an assessment holds it to come from where others come from too."""
    if voice.get("assessment"):
        yield names.put("one_origin", names.whole(voice["assessment"]))


def why_aside(aside: Mapping[str, Any], told: Told) -> str:
    """Why a claim counts for nothing, and by which other one; what its own marks tell is not told twice."""
    names = told.names
    if aside["why"] == "withdrawn":
        return names.put("aside_withdrawn")
    by = names.whole(told.id(aside["by"])) if aside.get("by") else ""
    why = names.put(f"aside_{aside['why']}_by", by) if by else names.put(f"aside_{aside['why']}")
    return names.put("set_aside", why)


def voices(attributed: int, unattributed: int, wording: Wording) -> str:
    """How many speak: an unattributed one never counts as a second voice."""
    told = [wording.counted("voices", attributed)] if attributed else []
    return wording.joined([*told, wording.counted("unattributed", unattributed)] if unattributed else told)


def joined_ids(ids: Sequence[str], names: Names, most: int = 8) -> str:
    """`c1, c2, c3`; of very many the first, and how many more."""
    short, wording = shortened(ids), names.wording
    told = names.ids(short[id_] for id_ in ids[:most])
    return told if len(ids) <= most else f"{told} {_and_more(len(ids) - most, wording)}"


def _and_more(number: int, wording: Wording) -> str:
    return wording.sentences["and_more"].format(wording.number(number))
