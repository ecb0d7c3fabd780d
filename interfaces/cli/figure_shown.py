"""Numbers as a person reads them: a range as a bar, who says so, in which report, and how old it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from interfaces.cli.answers import Told, age, one_origin, voices, why_aside
from interfaces.cli.bars import range_bar, top_of
from interfaces.cli.output import out
from interfaces.cli.sheet import Part, Sheet
from interfaces.messages import words
from interfaces.messages.words import capital, clean, counted

# The claim, the bar, the number as it was said, the range that it leaves room for.
NUMBERS = (2, 3)

_VERDICTS = {
    "nothing": ("no number", "dim"),
    "disagree": ("≠ disagree", "bold red"),
    "changed": ("changed in the world", "cyan"),
    "agree": ("agree", "green"),
    "one_voice": ("one voice", ""),
    "unattributed": ("origin unknown", "dim"),
}
_REASONS = {
    "without_incident": "told of no incident",
    "undated": "without a date",
    "straddling": "partly outside",
    "withdrawn": "withdrawn",
    "discredited": "of a discredited report",
    "intended": "only intended",
}


def bar_width() -> int:
    """As long as the other columns leave room for."""
    return min(32, max(14, out().width // 6))


def number(low: Any, high: Any) -> str:
    """`1,500 to 2,500`, `200 or more`, `500`; nothing where nothing can be said."""
    if low is None:
        return ""
    if high is None:
        return f"{low:,} or more"
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def groups(
    sheet: Sheet, told: Told, name: str, found: Sequence[Mapping[str, Any]], *, top: float | None = None
) -> None:
    """What is counted: for each moment or period the verdict, then every line with its bar, all on one scale."""
    top = top or top_of((line["low"], line["best"], line["high"]) for group in found for line in group["lines"])
    name = capital(name)
    for nth, group in enumerate(found):
        parts: list[Part] = [(name, "dim" if nth else "bold")]
        # Of one period only, its lines say when.
        if group["period"] is not None and len(found) > 1:
            parts.append(f", {told.period(group['period']['from'], group['period']['to'])}")
        sheet.heading(*parts, "  ", *_verdict(group))
        for line in group["lines"]:
            _line(sheet, told, line, top)


def _verdict(group: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    verdict = group["verdict"]
    yield _VERDICTS[verdict]
    if verdict in ("disagree", "changed", "agree"):
        yield f": {number(group['low'], group['high'])}, {voices(group['voices'], group['unattributed'])}", ""


def _line(sheet: Sheet, told: Told, line: Mapping[str, Any], top: float) -> None:
    state = {"possible": "possibly then", "last_known": "last known", "undated": "undated"}.get(line["state"], "")
    if line.get("age_days") is not None:
        state = f"{state}, {age(line['age_days'])}"
    claim_line(sheet, told, line, top, state)
    for part in line.get("parts", ()):
        _part(sheet, told, part, top)


def claim_line(sheet: Sheet, told: Told, line: Mapping[str, Any], top: float, *minds: str, style: str = "") -> None:
    """A claim with its bar, its number in the report's manner, its range, and where all that comes from."""
    claim = line["claim"]
    content = told.content(claim)
    marks = "; ".join(dict.fromkeys([*filter(None, minds), *one_origin(line["voice"]), *told.marks(claim)]))
    who = (told.who(claim), style or ("" if content.get("claimant") else "dim"))
    details = [(clean(content.get("when") or ""), style), who, (told.report(claim), style), (marks, style or "yellow")]
    bar = (range_bar(line["low"], line["best"], line["high"], top, bar_width()), style or "blue")
    told_range = number(line["low"], line["high"])
    said = as_said(content)
    sheet.row(
        (claim, style or "cyan"), bar, (said, style), (told_range if told_range != said else "", "dim"), details=details
    )  # fmt: skip


def as_said(content: Mapping[str, Any]) -> str:
    """The number as the report gives it: `about 2,000`, `hundreds`, `unknown`."""
    told = words.number_of(content)
    return {"an unknown number of": "unknown"}.get(told, told.removesuffix(" of"))


def _part(sheet: Sheet, told: Told, part: Mapping[str, Any], top: float) -> None:
    """A part below its whole: never added to it, nor compared with it."""
    claim = part["claim"]
    content = told.content(claim)
    low, best, high = part.get("low"), part.get("best"), part.get("high")
    figure = content["kind"] == "figure"
    group = clean(content.get("group") or "").replace("_", " ")
    whom = f"of whom {group}" if group else f"of whom: {words.said(content, told.names, with_note=False)}"
    when = clean(content.get("when") or "")
    sheet.row(
        (f"└ {claim}", "cyan"), (range_bar(low, best, high, top, bar_width()), "blue"),
        as_said(content) if figure else "", (number(low, high), "dim"),
        details=[(each, "dim") for each in (whom, when, told.who(claim), told.report(claim))],
    )  # fmt: skip


def series(sheet: Sheet, told: Told) -> None:
    """The picture of one topic, and what was said of it at any time where the picture does not show it."""
    answer = told.answer
    picture = answer["picture"]
    shown = {line["claim"] for group in picture["groups"] for line in group["lines"]}
    others = [point for point in answer["series"] if point["claim"] not in shown]
    top = top_of((point["low"], point["best"], point["high"]) for point in answer["series"])
    name = capital(words.topic(answer, told.names))
    if picture["groups"]:
        groups(sheet, told, name, picture["groups"], top=top)
    else:
        sheet.heading((name, "bold"), ("  nothing at that moment" if answer["series"] else "", "dim"))
    if others:
        by = {aside["claim"]: aside.get("by") for aside in picture["set_aside"]}
        sheet.gap()
        sheet.heading(("Everything that was said of it, in the order of time", "bold"))
        for point in answer["series"]:
            aside = point.get("set_aside")
            why = why_aside({"why": aside, "by": by.get(point["claim"])}) if aside else ""
            claim_line(sheet, told, point, top, why, style="dim" if aside else "")


def sums(told: Told) -> None:
    """A row for each sum, all on one scale: numbers first, since names may be long."""
    found = told.answer["sums"]
    top = top_of((one["low"], one["best"], one["high"]) for one in found)
    sheet = Sheet(right=(0, 1, 2, 3))
    sheet.row(*((title, "bold") for title in ("low", "best", "high", "incidents", "", "of whom")))
    heading = ""
    for one in found:
        of = f"{_dataset(told, one)}, {one.get('period') or _undivided(found)}"
        if of != heading:
            sheet.heading((of, "bold"))
            heading = of
        high = "no bound" if one["high"] is None else f"{one['high']:,}"
        bar = range_bar(one["low"], one["best"], one["high"], top, bar_width())
        numbers = (f"{one['low']:,}", f"{one['best']:,}", high, f"{one['incidents']:,}")
        sheet.row(*numbers, (bar, "blue"), _whom(told, one), notes=[(note, "yellow") for note in _mind(one)])
    sheet.print()


def _undivided(found: Sequence[Mapping[str, Any]]) -> str:
    """What stands without a period: the whole, or beside divided sums what was left out of them."""
    return "left out" if any(one.get("period") for one in found) else "all of it"


def _dataset(told: Told, one: Mapping[str, Any]) -> str:
    who = told.names.source(one["claimant"]) if one.get("claimant") else "unattributed"
    return f"{one['dataset']} by {who}"


def _whom(told: Told, one: Mapping[str, Any]) -> str:
    """`civilians of Islamic State by US-led coalition (airstrike)`; everybody where nothing is said."""
    names = told.names
    group = clean(one.get("group") or "").replace("_", " ")
    subject = names.actor(one["subject"]) if one.get("subject") else ""
    whom = " of ".join(filter(None, (group, subject))) or "everybody"
    whom += f" by {names.actor(one['by'])}" if one.get("by") else ""
    return whom + (f" ({clean(one['cause']).replace('_', ' ')})" if one.get("cause") else "")


def _mind(one: Mapping[str, Any]) -> Iterator[str]:
    if one["without_best"]:
        yield f"the lowest stands in for the best in {counted(one['without_best'], 'incident')}"
    if one["without_number"]:
        yield f"{counted(one['without_number'], 'claim')} without a number add nothing"
    if one["left_out"]:
        told = (f"{number:,} {_REASONS.get(why, why)}" for why, number in one["left_out"].items())
        yield f"left out: {', '.join(told)}"


def partitions(told: Told) -> None:
    found = told.answer["partitions"]
    if not found:
        return
    sheet = Sheet(right=(0, 1))
    sheet.gap()
    sheet.heading(("Parts beside their whole", "bold"))
    for one in found:
        total, period = one["total"], f", {one['total']['period']}" if one["total"].get("period") else ""
        complete = ("complete: the parts come to the whole", "green")
        partly = ("≠ incomplete: the parts are not the whole", "bold red")
        whole = f"{_dataset(told, total)}{period}, {_whom(told, total)}: {total['best']:,}  "
        sheet.heading(whole, complete if one["complete"] else partly)
        for part in one["parts"]:
            bar = range_bar(part["best"], None, part["best"], float(total["best"] or 1), bar_width())
            sheet.row(f"{part['best']:,}", share(part["best"], total["best"]), (bar, "blue"), _whom(told, part))
    sheet.print()


def share(part: float, whole: float) -> str:
    if not whole:
        return ""
    return "<1%" if 0 < part / whole < 0.005 else f"{part / whole:.0%}"


def topics(told: Told, items: Iterable[Mapping[str, Any]]) -> None:
    """What is counted in a dossier, each with the words to ask for it."""
    sheet = Sheet(right=(0,))
    sheet.row(("claims", "bold"), ("what is counted", "bold"), details=[("ask with", "bold")])
    for item in items:
        within = f"{item['in_incidents']:,} of single incidents" if item.get("in_incidents") else ""
        sheet.row(
            f"{item['claims']:,}", words.topic(item, told.names), details=[(item["topic"], "cyan"), (within, "dim")]
        )
    sheet.print()
