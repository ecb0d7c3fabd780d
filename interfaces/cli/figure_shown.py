"""Numbers as a person reads them: a range as a bar, who says so, in which report, and how old it is."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from rich.cells import cell_len

from interfaces.cli.answers import Told, age, as_said, one_origin, voices, why_aside
from interfaces.cli.bars import range_bar, top_of
from interfaces.cli.output import out, paragraph
from interfaces.cli.sheet import GAP, Part, Sheet
from interfaces.messages import words
from interfaces.messages.wording import Wording
from interfaces.messages.words import Names, capital, clean, isolated

# Of what stands beside.
INDENT = 2
# The claim, the bar, the number as it was said, the range that it leaves room for.
NUMBERS, BARS = (2, 3), 1

# A mark before the verdict, and how both are shown.
_VERDICTS = {
    "nothing": ("", "dim"),
    "ambiguous": ("? ", "bold red"),
    "disagree": ("≠ ", "bold red"),
    "changed": ("", "cyan"),
    "agree": ("", "green"),
    "one_voice": ("", ""),
    "unattributed": ("", "dim"),
}


Near = Literal["beside", "inside", "unplaced"]
# What stands below a number, and is not in it.
NEAR: tuple[Near, ...] = get_args(Near)


def bar_width() -> int:
    """As long as the other columns leave room for."""
    return min(32, max(14, out().width // 6))


def number(low: Any, high: Any, wording: Wording) -> str:
    """`1,500 to 2,500`, `200 or more`, `500`; nothing where nothing can be said."""
    if low is None:
        return ""
    least = wording.number(low)
    if high is None:
        return wording.phrases["or_more"].format(least)
    return least if low == high else wording.phrases["range"].format(least, wording.number(high))


def range_told(found: Mapping[str, Any], wording: Wording) -> str:
    """What is known of a number, with the best one: `1 to 12, best 7`."""
    low, best, high = found["low"], found["best"], found["high"]
    told = number(low, high, wording)
    return told if best is None or low == high else wording.phrases["with_best"].format(told, wording.number(best))


def topic(sheet: Sheet, told: Told, counted: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> None:
    """One topic of several."""
    groups(sheet, told, _name(told, counted, found), found)
    if before := counted.get("earlier_periods"):
        periods = told.names.wording.counted("earlier_periods", before)
        sheet.row("", "", "", "", notes=[(f"{periods}: `kroniek figures {counted['topic']}`", "dim")])


def _name(told: Told, counted: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> str:
    """What is counted; the incident is told once, by the groups that are of one."""
    grouped = any(group.get("incident") for group in found)
    return words.topic({**counted, "incident": None} if grouped else counted, told.names)


def groups(
    sheet: Sheet, told: Told, name: str, found: Sequence[Mapping[str, Any]], *, top: float | None = None
) -> None:
    """What is counted: for each moment or period the verdict, then every line with its bar, all on one scale."""
    top = top or top_of((line["low"], line["best"], line["high"]) for group in found for line in group["lines"])
    name = capital(name)
    for nth, group in enumerate(found):
        parts: list[Part] = [(name, "dim" if nth else "bold")]
        if group["period"] is not None:
            parts.append(told.names.wording.joint + told.period(group["period"]["from"], group["period"]["to"]))
        if group.get("incident"):
            parts.append(
                told.names.put("in_incident", told.names.titled(group["incident"], told.id(group["incident"])))
            )
        sheet.heading(*parts, "  ", *_verdict(told, group))
        for line in group["lines"]:
            _line(sheet, told, line, top)


def mark_of(verdict: str) -> tuple[str, str]:
    """What stands before a verdict, and how both are shown."""
    return _VERDICTS[verdict]


def _verdict(told: Told, group: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    verdict = group["verdict"]
    mark, style = _VERDICTS[verdict]
    wording = told.names.wording
    said = wording.figures[verdict]
    if verdict in ("ambiguous", "disagree", "changed", "agree"):
        spoken = voices(group["voices"], group["unattributed"], wording)
        said += f": {range_told(group, wording)}{wording.joint}{spoken}"
    yield mark, style
    yield said, style


def _line(sheet: Sheet, told: Told, line: Mapping[str, Any], top: float) -> None:
    wording = told.names.wording
    state = {"possible": "possibly_then", "last_known": "last_known", "undated": "undated"}.get(line["state"], "")
    state = wording.put(state) if state else ""
    if line.get("age_days") is not None:
        state = wording.joint.join((state, age(line["age_days"], wording)))
    if line.get("capped"):
        no_later = told.names.put("no_later_than", told.names.whole(told.until(line["capped"])))
        state = wording.joint.join(filter(None, (state, no_later)))
    claim_line(sheet, told, line, top, state)
    for part in line.get("parts", ()):
        _part(sheet, told, line["claim"], part, top)
    for aside in line.get("parts_set_aside", ()):
        _part_set_aside(sheet, told, line["claim"], aside)


def claim_line(sheet: Sheet, told: Told, line: Mapping[str, Any], top: float, *minds: str, style: str = "") -> None:
    """A claim with its bar, its number in the report's manner, its range, and where all that comes from."""
    claim = line["claim"]
    content = told.content(claim)
    mind = dict.fromkeys([*filter(None, minds), *one_origin(line["voice"], told.names), *told.marks(claim)])
    marks = told.names.wording.semicolon.join(mind)
    who = (told.who(claim), style or ("" if content.get("claimant") else "dim"))
    details = [(clean(content.get("when") or ""), style), who, (told.report(claim), style), (marks, style or "yellow")]
    bar = (range_bar(line["low"], line["best"], line["high"], top, bar_width()), style or "blue")
    told_range = number(line["low"], line["high"], told.names.wording)
    said = as_said(content, told.names)
    beside = (told_range if told_range != said else "", "dim")
    sheet.row(
        (told.id(claim), style or "cyan"),
        bar,
        (said, style),
        beside,
        details=details,
        notes=[(earlier, "dim") for earlier in told.earlier(claim)],
    )


def _part(sheet: Sheet, told: Told, whole: str, part: Mapping[str, Any], top: float) -> None:
    """A part below its whole: never added to it, nor compared with it."""
    claim = part["claim"]
    content = told.content(claim)
    low, best, high = part.get("low"), part.get("best"), part.get("high")
    figure = content["kind"] == "figure"
    sheet.row(
        (f"└ {told.id(claim)}", "cyan"), (range_bar(low, best, high, top, bar_width()), "blue"),
        as_said(content, told.names) if figure else "", (number(low, high, told.names.wording), "dim"),
        details=[
            *((each, "dim") for each in _of_part(told, whole, claim)), (_marks_of_part(told, whole, claim), "yellow")
        ],
    )  # fmt: skip


def _part_set_aside(sheet: Sheet, told: Told, whole: str, aside: Mapping[str, Any]) -> None:
    """A part that counts for nothing: without a number of its own, and with why."""
    claim = aside["claim"]
    details = [(each, "dim strike") for each in _of_part(told, whole, claim)]
    why = told.names.wording.semicolon.join(filter(None, (why_aside(aside, told), _marks_of_part(told, whole, claim))))
    sheet.row((f"└ {told.id(claim)}", "dim"), "", "–", "", details=[*details, (why, "yellow")])


def _of_part(told: Told, whole: str, claim: str) -> list[str]:
    content = told.content(claim)
    whom = words.of_whom(content, told.content(whole), told.names)
    return [whom, clean(content.get("when") or ""), told.who(claim), told.report(claim)]


def _marks_of_part(told: Told, whole: str, claim: str) -> str:
    """What a reader must know of it that is not told of its whole already."""
    known = set(told.marks(whole))
    return told.names.wording.semicolon.join(mark for mark in told.marks(claim) if mark not in known)


def series(sheet: Sheet, told: Told) -> None:
    """The picture of one topic, and what was said of it at any time where the picture does not show it."""
    answer = told.answer
    picture = answer["picture"]
    shown = {line["claim"] for group in picture["groups"] for line in group["lines"]}
    others = [point for point in answer["series"] if point["claim"] not in shown]
    top = top_of((point["low"], point["best"], point["high"]) for point in answer["series"])
    name = capital(_name(told, answer, picture["groups"]))
    if picture["groups"]:
        groups(sheet, told, name, picture["groups"], top=top)
    else:
        sheet.heading((name, "bold"), "  ", (why_nothing(told) if answer["series"] else "", "dim"))
    if others:
        by = {aside["claim"]: aside.get("by") for aside in picture["set_aside"]}
        sheet.gap()
        sheet.heading((told.names.put("everything_said"), "bold"))
        for point in answer["series"]:
            aside = point.get("set_aside")
            why = why_aside({"why": aside, "by": by.get(point["claim"])}, told) if aside else ""
            claim_line(sheet, told, point, top, why, style="dim" if aside else "")


def why_nothing(told: Told) -> str:
    """Why nothing of all that was said is a number: of that moment, or of any."""
    names, answer = told.names, told.answer
    if answer.get("at") is None:
        return names.put("nothing_counts")
    over = [point["span"] for point in answer["series"] if point.get("set_aside") == "ended"]
    if not over:
        return names.put("nothing_then")
    last = max(over, key=lambda so: (so["latest_end"], so["earliest_start"]))
    period = told.period(last["earliest_start"], last["latest_end"])
    return names.put("nothing_but_before" if len(over) == 1 else "nothing_but_last", period)


def beside(told: Told, where: Near) -> None:
    """The topics beside the one that was asked for, or inside its place, or of incidents there, each with the words to
    ask for it and what it comes to.
    """
    answer, names = told.answer, told.names
    brief = {one["topic"]: one for one in answer[f"{where}_in_brief"]}
    numbers = [range_told(group, names.wording) for one in brief.values() for group in one["groups"]]
    widest = max(map(cell_len, answer[where])) + max(map(cell_len, numbers), default=0)
    # A number is not broken: where a line does not hold it beside the words to ask for it, it stands below them.
    fits = INDENT + widest + GAP <= out().width
    sheet = Sheet(right=(1,), indent=INDENT)
    sheet.gap()
    sheet.heading(names.put(f"{where}_it"))
    for topic in answer[where]:
        one = brief.get(topic)
        if one is None:
            sheet.row((topic, "cyan"))
            continue
        if not one["groups"]:
            why = names.put("nothing_then" if answer.get("at") else "aside_withdrawn")
            sheet.row((topic, "cyan"), "–" if fits else "", details=["" if fits else "–", (why, "dim")])
        for nth, group in enumerate(one["groups"]):
            mark, style = _VERDICTS[group["verdict"]]
            verdict = names.wording.figures[group["verdict"]]
            if group["voices"] > 1:
                spoken = voices(group["voices"], group["unattributed"], names.wording)
                verdict = names.wording.joint.join((verdict, spoken))
            period = told.period(group["period"]["from"], group["period"]["to"]) if group["period"] else ""
            incident = group.get("incident")
            of = names.put("in_incident", names.titled(incident, told.id(incident))) if incident else ""
            before = one["more_groups"] if nth + 1 == len(one["groups"]) else 0
            more = names.wording.sentences["and_more"].format(names.wording.number(before)) if before else ""
            told_number = range_told(group, names.wording) or "–"
            sheet.row(
                ("" if nth else topic, "cyan"), told_number if fits else "",
                details=["" if fits else told_number, (f"{mark}{verdict}", style), (period, "dim"),
                         (of.strip(" ,،"), "dim"), (more, "dim")],
            )  # fmt: skip
    sheet.print()


def unplaced(told: Told) -> None:
    """Of each place what the numbers come to that name none, of an incident that was there."""
    names = told.names
    sheet = Sheet(right=(1,))
    sheet.heading((names.put("unplaced_there"), "bold"))
    for one in told.answer["unplaced"]:
        group = one["comes_to"]
        mark, style = _VERDICTS[group["verdict"]]
        period = told.period(group["period"]["from"], group["period"]["to"]) if group["period"] else ""
        verdict = (f"{mark}{names.wording.figures[group['verdict']]}", style)
        number = range_told(group, names.wording) or "–"
        sheet.row(capital(words.topic(one, names)), number, details=[verdict, (period, "dim")])
    sheet.print()


def sums(told: Told) -> None:
    """A row for each sum, all on one scale: numbers first, since names may be long."""
    found, names = told.answer["sums"], told.names
    number = names.wording.number
    top = top_of((one["low"], one["best"], one["high"]) for one in found)
    sheet = Sheet(right=(0, 1, 2, 3), bars=4)
    sheet.row(*((title and names.put(title), "bold") for title in ("low", "best", "high", "incidents", "", "of_whom")))
    heading = ""
    for one in found:
        of = f"{_dataset(told, one)}: {_of_what(told, _undivided(found), one.get('period'))}"
        if of != heading:
            sheet.heading((of, "bold"))
            heading = of
        notes = [(note, "yellow") for note in _mind(one, names)]
        if one["claims"] == one["without_number"]:
            # Nothing was added, so there is no total: 0 would read as a number that somebody gave.
            sheet.row(
                "–",
                "–",
                "–",
                number(one["incidents"]),
                "",
                _whom(told, one),
                notes=[(names.put("nothing_to_add"), "yellow"), *notes],
            )
            continue
        high = names.put("no_bound") if one["high"] is None else number(one["high"])
        bar = range_bar(one["low"], one["best"], one["high"], top, bar_width())
        numbers = (number(one["low"]), number(one["best"]), high, number(one["incidents"]))
        sheet.row(*numbers, (bar, "blue"), _whom(told, one), notes=notes)
    sheet.print()


def nothing_added(told: Told) -> None:
    """Why there is no sum: nothing that fits is there, or it is true at a moment, and left out for that."""
    answer, names = told.answer, told.names
    asked = {**answer.get("filters", {}), "measure": answer["measure"], "unit": answer["unit"]}
    what = words.topic({part: asked.get(part) for part in _SUMMED}, names)
    if not answer["sums"]:
        paragraph(isolated(names.put("no_dataset", what)))
        return
    paragraph(isolated(names.put("stocks_not_added", what)))
    left_out: dict[str, Counter[str]] = {}
    for one in answer["sums"]:
        left_out.setdefault(_dataset(told, one), Counter()).update(one["left_out"])
    for dataset, of_it in left_out.items():
        paragraph(isolated(f"{dataset}: {_left_out(of_it, names)}"), indent=INDENT)


_SUMMED = ("measure", "unit", "subject", "group", "by", "cause")


def adds_nothing(told: Told) -> bool:
    found = told.answer["sums"]
    return not any(one["claims"] for one in found) and (not found or any("stock" in one["left_out"] for one in found))


def _undivided(found: Sequence[Mapping[str, Any]]) -> str:
    """What stands without a period: the whole, or beside divided sums what was left out of them."""
    return "left_out" if any(one.get("period") for one in found) else "all_of_it"


def _of_what(told: Told, undivided: str, period: str | None) -> str:
    """`people killed, Tarim, 1992-05 to 1992-06`: what is added up, where and of which time; all of it where all is."""
    answer, names = told.answer, told.names
    asked: Mapping[str, Any] = answer.get("filters", {})
    named = [words.topic({part: answer.get(part) for part in ("measure", "unit", "place")}, names)]
    named += [names.whole(period)] if period else []
    between = {end: names.whole(clean(str(asked[end]))) for end in ("since", "until") if end in asked}
    if len(between) == 2:
        named.append(names.put("days", *between.values()))
    else:
        named += [names.put("from_day" if end == "since" else "to_day", day) for end, day in between.items()]
    if period is None and (undivided == "left_out" or not asked.keys() - {"measure", "unit"}):
        named.append(names.put(undivided))
    return names.wording.joint.join(named)


def _dataset(told: Told, one: Mapping[str, Any]) -> str:
    names = told.names
    who = names.source(one["claimant"]) if one.get("claimant") else names.wording.phrases["unattributed"]
    return names.put("dataset_by", dataset=names.clean(one["dataset"]), who=who)


def _whom(told: Told, one: Mapping[str, Any]) -> str:
    """`civilians of Islamic State by US-led coalition (airstrike)`; everybody where nothing is said."""
    names = told.names
    group = (names.absent("group", one["group"]) or names.group(one["group"])) if one.get("group") else ""
    subject = names.actor(one["subject"]) if one.get("subject") else ""
    whom = group or subject or names.put("everybody")
    if group and subject:
        whom = names.put("group_of", group=group, whole=subject)
    whom = names.put("whom_by", whom, names.actor(one["by"])) if one.get("by") else whom
    beside = [names.absent("cause", one["cause"]) or names.word("cause", one["cause"])] if one.get("cause") else []
    beside += [
        names.absent("dimension", value, names.word("dimension", name)) or names.word("value", value)
        for name, value in (one.get("dimensions") or {}).items()
    ]
    return whom + (f" ({names.wording.joint.join(beside)})" if beside else "")


def _mind(one: Mapping[str, Any], names: Names) -> Iterator[str]:
    wording = names.wording
    if one["without_best"]:
        yield names.put("lowest_stands_in", wording.counted("incidents", one["without_best"]))
    if one["without_number"]:
        yield names.put("without_number", wording.counted("claims", one["without_number"]))
    if one["taken_as_one"]:
        yield names.put("taken_as_one", wording.counted("incidents", one["taken_as_one"]))
    if one["left_out"]:
        yield _left_out(one["left_out"], names)


def _left_out(left_out: Mapping[str, int], names: Names) -> str:
    told = (names.put(f"out_{why}", names.wording.number(number)) for why, number in left_out.items())
    return names.put("left_out_because", names.wording.joint.join(told))


def partitions(told: Told) -> None:
    found = told.answer["partitions"]
    if not found:
        return
    sheet = Sheet(right=(0, 1), bars=2)
    sheet.gap()
    names, number = told.names, told.names.wording.number
    sheet.heading((names.put("parts_beside"), "bold"))
    for one in found:
        total = one["total"]
        complete = (names.put("parts_complete"), "green")
        partly = (f"≠ {names.put('parts_incomplete')}", "bold red")
        of = _of_what(told, _undivided(told.answer["sums"]), total.get("period"))
        whole = names.wording.joint.join((f"{_dataset(told, total)}: {of}", _whom(told, total)))
        sheet.heading(f"{whole}: {number(total['best'])}", "  ", complete if one["complete"] else partly)
        for part in one["parts"]:
            bar = range_bar(part["best"], None, part["best"], float(total["best"] or 1), bar_width())
            sheet.row(number(part["best"]), share(part["best"], total["best"]), (bar, "blue"), _whom(told, part))
    sheet.print()


def share(part: float, whole: float) -> str:
    if not whole:
        return ""
    return "<1%" if 0 < part / whole < 0.005 else f"{part / whole:.0%}"


def topics(told: Told, items: Iterable[Mapping[str, Any]]) -> None:
    """What is counted in a dossier, each with the words to ask for it."""
    sheet = Sheet(right=(0,))
    names, number = told.names, told.names.wording.number
    titles = [(names.put(title), "bold") for title in ("claims", "what_is_counted", "ask_with")]
    sheet.row(*titles[:2], details=titles[2:])
    for item in items:
        within = names.put("in_incidents", number(item["in_incidents"])) if item.get("in_incidents") else ""
        sheet.row(
            number(item["claims"]), words.topic(item, told.names), details=[(item["topic"], "cyan"), (within, "dim")]
        )
    sheet.print()
