"""Who holds a place, as a person reads it: the picture claim by claim, and the timeline as bars."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from interfaces.cli.answers import Told, age, joined_ids, one_origin, voices, why_aside
from interfaces.cli.bars import BarStretch, Scale, times_told, together
from interfaces.cli.output import out
from interfaces.cli.sheet import Sheet
from interfaces.messages.holders import holders
from interfaces.messages.wording import Wording
from interfaces.messages.words import END_OF_ISOLATE, ISOLATE, clean, isolated

GOVERNS, ASIDE, BESIDE, NO_DATE = "●", "○", "+", "–"

# A mark before the verdict, and how both are shown; of one voice how many there are says it all.
_VERDICTS = {
    "agreed": ("", "green"),
    "differ": ("", "yellow"),
    "disputed": ("≠ ", "bold red"),
    "order_unknown": ("? ", "bold yellow"),
    "presumed": ("", "cyan"),
    "last_known": ("", "cyan"),
    "undated": ("", "cyan"),
    "unknown": ("", "dim"),
}
# A bar longer than this says no more, and a shorter one nothing.
_SHORTEST_BAR, _LONGEST_BAR = 10, 100
_LONGEST_LABEL = 34


def legend(wording: Wording) -> str:
    """What stands before a claim of a picture."""
    marks = {GOVERNS: "governs", ASIDE: "aside", BESIDE: "beside"}
    return "   ".join(f"{mark} {wording.put(f'legend_{what}')}" for mark, what in marks.items())


def legend_of_undated(wording: Wording) -> str:
    return f"{NO_DATE} {wording.put('legend_undated')}"


def picture(sheet: Sheet, told: Told, name: str, found: Mapping[str, Any]) -> None:
    """One place: the verdict, then every claim that it rests on or that stands beside it."""
    sheet.heading((name, "bold"), "  ", *verdict(told, found))
    for one in found.get("inside", ()):
        claim = one["claim"]
        how = "inside_taken" if told.content(claim)["kind"] == "occurrence" else "inside_held"
        holder = told.names.actor(one["actor"])
        said = told.names.put(how, place=told.names.place(one["place"]), holder=holder)
        sheet.row((told.id(claim), "cyan"), BESIDE, said, details=origin(told, claim, style=""))
    for state in found["states"]:
        governs = state["governs"]
        _row(sheet, told, state, GOVERNS if governs else ASIDE, style="" if governs else "dim")
    for state in found["beside"]:
        _row(sheet, told, state, BESIDE, style="")
    undated(sheet, told, found["undated"])
    for aside in found["set_aside"]:
        claim = aside["claim"]
        said = told.without_text(claim)
        sheet.row(
            (told.id(claim), "dim"),
            " ",
            (said, "dim"),
            details=origin(told, claim, why_aside(aside, told), style="dim"),
        )


def undated(sheet: Sheet, told: Told, states: list[Any]) -> None:
    """What is said without a date, beside a picture of a moment."""
    for state in states:
        _row(sheet, told, state, NO_DATE, style="dim")


def verdict(told: Told, found: Mapping[str, Any]) -> Iterator[str | Text | tuple[str, str]]:
    """`Syrian Democratic Forces (most of it) · agreed, 2 voices`; of one voice how many there are says it all."""
    if found["holders"]:
        yield holders(found, told.names)
        yield " · "
    said = marked = ""
    if found["verdict"] in _VERDICTS:
        mark, style = _VERDICTS[found["verdict"]]
        said, marked = changed_hands(told, found) or told.names.wording.control[found["verdict"]], style
        yield mark
    wording = told.names.wording
    old = age(found["age_days"], wording) if found.get("age_days") is not None else ""
    # Of one holder of whom nothing is left open, those who say that so much is held.
    of_one = len(found["holds"]) == 1 and found["verdict"] in ("presumed", "last_known", "undated")
    counted = found["holds"][0] if of_one else found
    beside = (said, old, voices(counted["voices"], counted["unattributed"], wording))
    yield wording.joint.join(filter(None, beside)), marked


def changed_hands(told: Told, found: Mapping[str, Any]) -> str:
    """`changed hands some time between 2023-03-31 and 2024-11-29; before: Liberation Front (Conflict Monitor)`."""
    names = told.names
    by_claim: dict[str, list[Any]] = {}
    for one in found.get("changed_hands", ()):
        by_claim.setdefault(one["claim"], []).append(one)
    said = []
    for claim, those in by_claim.items():
        after, before = names.whole(told.until(those[0]["after"])), told.local(those[0]["before"])
        until = names.whole(f"{before:%Y-%m-%d}") if before else names.put("the_beginning")
        who = names.wording.holds["both"].join(names.actor(one["actor"]) for one in those)
        said.append(names.put("changed_hands", after=after, before=until, holder=who, who=told.who(claim)))
    return names.wording.semicolon.join(said)


def _row(sheet: Sheet, told: Told, state: Mapping[str, Any], mark: str, *, style: str) -> None:
    claim = state["claim"]
    details = origin(told, claim, *_minds(told, state), style=style)
    sheet.row((told.id(claim), "cyan"), mark, (_said(told, state), style), details=details)


def _said(told: Told, state: Mapping[str, Any]) -> str:
    taken = told.content(state["claim"])["kind"] == "occurrence" and state["status"] == "controls"
    # Of what was taken by nobody that is named, all that is said of it.
    if taken and state["actor"]:
        return told.names.wording.phrases["taken"].format(told.names.actor(state["actor"]))
    return told.without_text(state["claim"])


def origin(told: Told, claim: str, *minds: str, style: str) -> list[tuple[str, str]]:
    """When, who, in which report, and what to mind."""
    content = told.content(claim)
    who = (told.who(claim), style or ("" if content.get("claimant") else "dim"))
    when = (clean(content.get("when") or told.names.put("undated")), style)
    mind = told.names.wording.semicolon.join(dict.fromkeys([*filter(None, minds), *told.marks(claim)]))
    return [when, who, (told.report(claim), style), (mind, style or "yellow")]


def _minds(told: Told, state: Mapping[str, Any]) -> Iterator[str]:
    names = told.names
    match state["state"]:
        case "certain" | "undated":
            pass
        case "possible":
            yield names.put("possibly_then")
        case "last_known":
            old = [age(state["age_days"], names.wording)] if state.get("age_days") is not None else []
            yield names.wording.joint.join([names.put("last_known"), *old])
        case "ended" if state.get("by"):
            yield names.put("ended_by", names.whole(told.id(state["by"])))
        case "changed" if state.get("by"):
            yield names.put("changed_by", names.whole(told.id(state["by"])))
        case how:
            yield names.put(how)
    yield from one_origin(state["voice"], names)
    if state["implied"]:
        yield names.put("implied_by", names.place(state["about"]))
    if state.get("capped"):
        yield names.put("no_later_than", names.whole(told.until(state["capped"])))


def timeline(told: Told, lines: list[Any]) -> None:
    """The stretches of each voice on one scale of time, with their dates below."""
    rows = [(line["voice"], of, found) for line in lines for of, found in _alike(line["stretches"])]
    at = told.local(told.answer.get("at"))
    labels = [Text(isolated(_label(told, found[0]))) for _, _, found in rows]
    asked_for = Text(isolated(told.names.put("asked_for") if at else ""))
    # Of all that stands before the scale: what is broader would move one row's dates away from the other's.
    label = min(_LONGEST_LABEL, out().width // 3, max(text.cell_len for text in (asked_for, *labels)))
    drawn = [[_drawn(told, one) for one in found] for _, _, found in rows]
    flat = [stretch for found in drawn for stretch in found]
    scale = Scale.over(flat, [at] if at else [], max(_SHORTEST_BAR, min(_LONGEST_BAR, out().width - label - 4)))
    sheet = Sheet(bars=1, indent=2, beside=False)
    if scale:
        sheet.row(Text(" " * label), Text(scale.labels(), style="dim"))
    if scale and at:
        sheet.row(_cut(asked_for, label), Text(scale.mark(at), style="bold"))
    spoken: object = None
    for (voice, _, found), text, stretches in zip(rows, labels, drawn, strict=True):
        if voice != spoken:
            sheet.heading((told.voice(voice), "bold" if voice.get("claimant") else "dim"))
            spoken = voice
        text = _cut(text, label)
        dates = [(each, "dim") for each in _dated(told, found)]
        sheet.row(text, scale.bar(together(stretches)) if scale else told.names.put("at_any_time"), details=dates)
    sheet.gap()
    sheet.heading((times_told(told.names.wording), "dim"))
    sheet.print()


def _cut(text: Text, width: int) -> Text:
    """So much of it as there is room for, with what it isolates: else the bar beside it would be read with it."""
    if text.cell_len <= width:
        return text
    cut = text.copy()
    cut.truncate(width, overflow="ellipsis")
    cut.append(END_OF_ISOLATE * (cut.plain.count(ISOLATE) - cut.plain.count(END_OF_ISOLATE)))
    return cut


def _alike(stretches: list[Any]) -> list[tuple[tuple[Any, ...], list[Any]]]:
    """Stretches by what they say, each in the order of time."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    for one in stretches:
        what = (one["actor"], one["status"], one.get("extent"), one.get("hedge"), one["about"], one["implied"])
        found.setdefault(what, []).append(one)
    return list(found.items())


def _label(told: Told, stretch: Mapping[str, Any]) -> str:
    wording = told.names.wording
    actor = told.names.actor(stretch["actor"]) if stretch["actor"] else wording.phrases["somebody"]
    if stretch.get("extent"):
        actor = wording.holds[stretch["extent"]].format(actor)
    label = wording.states["absent"].format(actor) if stretch["status"] == "absent" else actor
    if stretch.get("hedge"):
        label += f" ({wording.hedges[stretch['hedge']]})"
    return f"{label} ({told.names.place(stretch['about'])})" if stretch["implied"] else label


def _drawn(told: Told, stretch: Mapping[str, Any]) -> BarStretch:
    how = stretch["how"]
    if how == "stated" and not stretch["proven"]:
        how = "possible"
    return BarStretch(told.local(stretch["from"]), told.local(stretch["to"]), how)


def _dated(told: Told, stretches: list[Any]) -> Iterator[str]:
    """`stated of some moment in 2018-10 (c001)`, `last known 2018-11-01 to 2018-12-16`, `ended 2018-12-17 (by c2)`."""
    stated: set[str] = set()
    for one in stretches:
        how, claims = one["how"], one["claims"]
        if how == "stated":
            stated.update(claims)
        dates = _first_day(told, one) if how == "ended" else told.period(one["from"], one["to"])
        others = [claim for claim in claims if claim not in stated]
        because = {"stated": claims, "ended": others, "changed": others}.get(how)
        # Of some moment it is not said that it was so all the time.
        said = told.names.put("time_some_moment" if how == "stated" and not one["proven"] else f"time_{how}", dates)
        if because:
            ids = joined_ids(because, told.names)
            said += f" ({told.names.put('by_claims', ids) if how in ('ended', 'changed') else ids})"
        yield said


def _first_day(told: Told, stretch: Mapping[str, Any]) -> str:
    begin: datetime | None = told.local(stretch["from"])
    return told.names.whole(f"{begin:%Y-%m-%d}") if begin else told.names.put("the_beginning")
