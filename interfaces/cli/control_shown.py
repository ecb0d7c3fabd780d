"""Who holds a place, as a person reads it: the picture claim by claim, and the timeline as bars."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from interfaces.cli.answers import Told, age, joined_ids, one_origin, voices, why_aside
from interfaces.cli.bars import TIMES_TOLD, BarStretch, Scale, together
from interfaces.cli.output import out
from interfaces.cli.sheet import Sheet
from interfaces.messages.words import clean

GOVERNS, ASIDE, BESIDE, NO_DATE = "●", "○", "+", "–"
LEGEND = f"{GOVERNS} says who holds it   {ASIDE} does not prevail   {BESIDE} beside it, never a holder"
LEGEND_OF_UNDATED = f"{NO_DATE} without a date: in no picture of a moment, unless --undated asks for it"
NOBODY_SAYS = "nobody says who holds it"

_VERDICTS = {
    "agreed": ("agreed", "green"),
    "one_voice": ("", ""),
    "unattributed": ("", ""),
    "disputed": ("≠ disputed", "bold red"),
    "order_unknown": ("? order unknown", "bold yellow"),
    "presumed": ("presumed", "cyan"),
    "last_known": ("last known", "cyan"),
    "undated": ("undated", "cyan"),
    "unknown": (NOBODY_SAYS, "dim"),
}
_HOW = {
    "stated": "stated",
    "presumed": "presumed",
    "last_known": "last known",
    "changed": "changed some time",
    "ended": "ended",
}
# A bar longer than this says no more.
_LONGEST_BAR = 100
_LONGEST_LABEL = 34


def picture(sheet: Sheet, told: Told, name: str, found: Mapping[str, Any]) -> None:
    """One place: the verdict, then every claim that it rests on or that stands beside it."""
    sheet.heading((name, "bold"), "  ", *verdict(told, found))
    for state in found["states"]:
        governs = state["governs"]
        _row(sheet, told, state, GOVERNS if governs else ASIDE, style="" if governs else "dim")
    for state in found["beside"]:
        _row(sheet, told, state, BESIDE, style="")
    undated(sheet, told, found["undated"])
    for aside in found["set_aside"]:
        claim = aside["claim"]
        said = told.without_text(claim)
        sheet.row((claim, "dim"), " ", (said, "dim"), details=_origin(told, claim, why_aside(aside), style="dim"))


def undated(sheet: Sheet, told: Told, states: list[Any]) -> None:
    """What is said without a date, beside a picture of a moment."""
    for state in states:
        _row(sheet, told, state, NO_DATE, style="dim")


def verdict(told: Told, found: Mapping[str, Any]) -> Iterator[str | Text | tuple[str, str]]:
    """`Syrian Democratic Forces · agreed, 2 voices`; of one voice how many there are says it all."""
    if found["holders"]:
        yield " or ".join(map(told.names.actor, found["holders"]))
        yield " · "
    said, style = _VERDICTS[found["verdict"]]
    yield said, style
    old = age(found["age_days"]) if found.get("age_days") is not None else ""
    beside = ", ".join(filter(None, (old, voices(found["voices"], found["unattributed"]))))
    if beside:
        yield f", {beside}" if said else beside


def _row(sheet: Sheet, told: Told, state: Mapping[str, Any], mark: str, *, style: str) -> None:
    claim = state["claim"]
    origin = _origin(told, claim, *_minds(told, state), style=style)
    sheet.row((claim, "cyan"), mark, (_said(told, state), style), details=origin)


def _said(told: Told, state: Mapping[str, Any]) -> str:
    if told.content(state["claim"])["kind"] == "occurrence" and state["status"] == "controls":
        return f"taken by {told.names.actor(state['actor'])}"
    return told.without_text(state["claim"])


def _origin(told: Told, claim: str, *minds: str, style: str) -> list[tuple[str, str]]:
    """When, who, in which report, and what to mind."""
    content = told.content(claim)
    who = (told.who(claim), style or ("" if content.get("claimant") else "dim"))
    when = (clean(content.get("when") or "undated"), style)
    mind = "; ".join(dict.fromkeys([*filter(None, minds), *told.marks(claim)]))
    return [when, who, (told.report(claim), style), (mind, style or "yellow")]


def _minds(told: Told, state: Mapping[str, Any]) -> Iterator[str]:
    match state["state"]:
        case "certain" | "undated":
            pass
        case "possible":
            yield "possibly then"
        case "last_known":
            yield "last known" + (f", {age(state['age_days'])}" if state.get("age_days") is not None else "")
        case how:
            by = f" by {state['by']}" if how == "ended" and state.get("by") else ""
            yield f"{how}{by}"
    yield from one_origin(state["voice"])
    if state["implied"]:
        yield f"implied by {told.names.place(state['about'])}"
    if state.get("capped"):
        yield f"no later than {told.until(state['capped'])}, when its report was out"


def timeline(told: Told, lines: list[Any]) -> None:
    """The stretches of each voice on one scale of time, with their dates below."""
    rows = [(line["voice"], of, found) for line in lines for of, found in _alike(line["stretches"])]
    at = told.local(told.answer.get("at"))
    labels = [Text(_label(told, found[0])) for _, _, found in rows]
    label = min(_LONGEST_LABEL, out().width // 3, max((text.cell_len for text in labels), default=0))
    drawn = [[_drawn(told, one) for one in found] for _, _, found in rows]
    flat = [stretch for found in drawn for stretch in found]
    scale = Scale.over(flat, [at] if at else [], min(_LONGEST_BAR, out().width - label - 4))
    sheet = Sheet(indent=2, beside=False)
    if scale:
        sheet.row(Text(" " * label), Text(scale.labels(), style="dim"))
    if scale and at:
        sheet.row("asked for", Text(scale.mark(at), style="bold"))
    spoken: object = None
    for (voice, _, found), text, stretches in zip(rows, labels, drawn, strict=True):
        if voice != spoken:
            sheet.heading((told.voice(voice), "bold" if voice.get("claimant") else "dim"))
            spoken = voice
        text.truncate(label, overflow="ellipsis")
        dates = [(each, "dim") for each in _dated(told, found)]
        sheet.row(text, scale.bar(together(stretches)) if scale else "at any time", details=dates)
    sheet.gap()
    sheet.heading((TIMES_TOLD, "dim"))
    sheet.print()


def _alike(stretches: list[Any]) -> list[tuple[tuple[Any, ...], list[Any]]]:
    """Stretches by what they say, each in the order of time."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    for one in stretches:
        found.setdefault((one["actor"], one["status"], one["about"], one["implied"]), []).append(one)
    return list(found.items())


def _label(told: Told, stretch: Mapping[str, Any]) -> str:
    actor = told.names.actor(stretch["actor"]) if stretch["actor"] else "somebody unnamed"
    label = f"{actor} absent" if stretch["status"] == "absent" else actor
    return f"{label} ({told.names.place(stretch['about'])})" if stretch["implied"] else label


def _drawn(told: Told, stretch: Mapping[str, Any]) -> BarStretch:
    how = stretch["how"]
    if how == "stated" and not stretch["proven"]:
        how = "possible"
    return BarStretch(told.local(stretch["from"]), told.local(stretch["to"]), how)


def _dated(told: Told, stretches: list[Any]) -> Iterator[str]:
    """`stated 2018-10 (c001)`, `last known 2018-11-01 to 2018-12-16`, `ended 2018-12-17 (by c202)`."""
    stated: set[str] = set()
    for one in stretches:
        how, claims = one["how"], one["claims"]
        if how == "stated":
            stated.update(claims)
        dates = _first_day(told, one) if how == "ended" else told.period(one["from"], one["to"])
        others = [claim for claim in claims if claim not in stated]
        because = {"stated": claims, "ended": others, "changed": others}.get(how)
        by = "by " if how in ("ended", "changed") else ""
        yield f"{_HOW[how]} {dates}" + (f" ({by}{joined_ids(because)})" if because else "")


def _first_day(told: Told, stretch: Mapping[str, Any]) -> str:
    begin: datetime | None = told.local(stretch["from"])
    return f"{begin:%Y-%m-%d}" if begin else "the beginning"
