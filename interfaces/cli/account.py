"""The history of an item as an account of what happened."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from rich.text import Text

from interfaces.messages import words
from interfaces.messages.date_words import second_in_words
from interfaces.messages.wording import Language
from interfaces.messages.words import Names, clean, isolated


def account_of(
    kind: str, id_: str, items: Iterable[Any], names: Names, reports: Mapping[str, Any], zone: tzinfo
) -> Iterator[Text]:
    """The same of an item of another kind: each event with what it changed, the first with all that it said.

    An entry with an `id` tells of another item, which was merged into this one.
    """
    for nth, item in enumerate(items):
        if nth:
            yield Text()
        yield _heading(item, names.item(kind, id_), zone, names, of=kind)
        if item.get("report"):
            yield _line(names.put("in_named_report", _report(item["report"], reports, names)))
        if item.get("reason"):
            yield _line(names.put("because", names.clean(item["reason"])))
        for change in item["changes"]:
            # Why a grade, a retraction or a withdrawal is told above.
            if change["field"].endswith("_because") or change["after"] == item.get("reason"):
                continue
            if "id" in item and change["field"] == "merged_into":
                continue
            if change["field"] == "sex":
                names = names.of(change["after"])
            if nth or change["before"] is not None:
                yield from map(_line, words.changes([change], names, because=[item.get("reason")]))
            else:
                told = words.value(change["field"], change["after"], names)
                yield _line(f"{names.field(change['field'])}: {told}")


def _heading(
    item: Mapping[str, Any], called: str, zone: tzinfo, names: Names, of: str = "claim", claimant: str | None = None
) -> Text:
    """When, who, what they did with the item that is `called` so, or with another `of` its kind, at which position.

    `claimant`: of a claim that its source changed, whose word it was.
    """
    type_, accounts = str(item["type"]), names.wording.accounts
    by_whom = words.ByWhom.of(item, names.source(claimant) if claimant else None)
    did = by_whom.say(type_, accounts) if type_ in accounts else type_
    did = of_another(item, names, of) if "id" in item else did.format(called, who=by_whom.named)
    return _did(item, did, zone, names)


def _did(item: Mapping[str, Any], did: str, zone: tzinfo, names: Names) -> Text:
    return Text.assemble(
        (isolated(moment(item["recorded_at"], zone, names.language)), "bold"),
        "  ",
        (clean(item["principal_name"] or item["principal"]), "cyan"),
        " ",
        isolated(did),
        "  ",
        (isolated(f"({names.put('position_told', item['position'])})"), "dim"),
    )


def of_another(item: Mapping[str, Any], names: Names, kind: str) -> str:
    """What happened to another item that was merged into the one whose account it is: `merged person p2 into it`."""
    called, verb = names.item(kind, item["id"]), str(item["type"]).partition(".")[2]
    if verb in ("merged", "split"):
        return names.put(f"{verb}_another", called)
    return names.happened(item["type"], called)


def _line(text: str) -> Text:
    return Text(f"    {isolated(text)}")


def account(
    claim: str,
    items: Iterable[Any],
    names: Names,
    reports: Mapping[str, Any],
    zone: tzinfo,
    became: Iterable[Any] = (),
) -> Iterator[Text]:
    """A claim's history as an account of what happened, line by line, by the clock of a time zone.

    It ends with what `became` of the reports that it is said in.
    """
    said = _Said()
    for nth, item in enumerate(items):
        if nth:
            yield Text()
        kind = item["type"]
        claimant = said.contents.get(item.get("after", 0), {}).get("claimant")
        yield _heading(item, names.item("claim", claim), zone, names, claimant=claimant)
        stood = said.last()
        changed = said.apply(item)
        if item.get("report") and kind in ("claim.recorded", "claim.revised", "claim.withdrawn"):
            yield _line(names.put("in_named_report", _report(item["report"], reports, names)))
        if item.get("reason"):
            yield _line(names.put("because", names.clean(item["reason"])))
        if kind == "claim.recorded":
            yield from _worded_whole(said.contents[1], names)
            continue
        shown = [change for change in item["changes"] if change["field"] != "graded_because"]
        if kind == "claim.revised" and shown:
            shown = [change for change in shown if change["field"] != "report"]
        yield from map(_line, words.changes(shown, names))
        if kind in ("claim.corrected", "claim.revised"):
            for number in changed:
                told = words.said(said.contents[number], names, with_note=False)
                if number == said.last():
                    yield _line(names.put("now_says", told))
                else:
                    yield _line(names.put("statement_now_says", number=number, said=told))
        elif (last := said.last()) is not None and last != stood and said.stands:
            # That of a statement which was retracted, or reinstated, is another.
            yield _line(names.put("now_says", words.said(said.contents[last], names, with_note=False)))
    yield from of_reports(became, said.reports(), names, reports, zone)


def of_reports(
    became: Iterable[Any], said_in: Collection[str], names: Names, reports: Mapping[str, Any], zone: tzinfo
) -> Iterator[Text]:
    """What became of the reports that a claim is `said_in`, and of those that they are one with, in order."""
    held, became = {*said_in}, [*became]
    for one in became:
        if one["id"] not in held and not _is_one_with(one["id"], held, reports):
            continue
        yield Text()
        yield _did(one, names.put("its_report_" + str(one["type"]).partition(".")[2]), zone, names)
        yield _line(names.put("in_named_report", _report(one["id"], reports, names)))
        if one.get("when"):
            yield _line(f"{names.field('withdrawn_when')}: {names.whole(clean(one['when']))}")
        if one.get("report"):
            yield _line(f"{names.field('withdrawn_in')}: {_report(one['report'], reports, names)}")
        if one.get("reason"):
            yield _line(names.put("because", names.clean(one["reason"])))


def _is_one_with(id_: str, held: Collection[str], reports: Mapping[str, Any]) -> bool:
    """Whether one of some reports was merged into another."""
    return any(each in reports and reports[each].get("survivor") == id_ for each in held)


class _Said:
    """The statements of a claim as an account has told them so far."""

    def __init__(self) -> None:
        self.contents: dict[int, dict[str, Any]] = {}
        # In the order in which the source spoke.
        self._order: list[int] = []
        self._gone: set[int] = set()
        # Neither retracted nor withdrawn.
        self.stands = True

    def last(self) -> int | None:
        """The statement by which the claim stands now."""
        return next((number for number in reversed(self._order) if number not in self._gone), None)

    def reports(self) -> set[str]:
        return {content["report"] for content in self.contents.values() if content.get("report")}

    def apply(self, item: Mapping[str, Any]) -> list[int]:
        """Bring it up to an event; the statements that say otherwise than before, or are new."""
        told = dict.fromkeys(change["statement"] for change in item["changes"] if change.get("statement") is not None)
        before = {number: dict(self.contents[number]) for number in told if number in self.contents}
        for change in item["changes"]:
            number = change.get("statement")
            if number is None:
                if change["field"] == "standing":
                    self.stands = change["after"] == "stands"
                continue
            if change["field"] == "standing":
                (self._gone.add if change["after"] == "retracted" else self._gone.discard)(number)
                continue
            if number not in self.contents:
                self._begin(number, item.get("after"))
            if change["after"] is None:
                self.contents[number].pop(change["field"], None)
            else:
                self.contents[number][change["field"]] = change["after"]
        changed = [number for number in told if before.get(number) != self.contents.get(number)]
        return sorted(changed, key=self._order.index)

    def _begin(self, number: int, after: int | None) -> None:
        """A new statement is told against the one that it comes after."""
        if after is None:
            self.contents[number], place = {}, 0
        else:
            self.contents[number], place = dict(self.contents[after]), self._order.index(after) + 1
            while place < len(self._order) and self._order[place] in self._gone:
                place += 1
        self._order.insert(place, number)


def _worded_whole(content: Mapping[str, Any], names: Names) -> Iterator[Text]:
    place = names.place(content["place"]) if content.get("place") else ""
    when = names.whole(clean(content["when"])) if content.get("when") else names.put("undated")
    said = words.said(content, names, with_note=False)
    yield _line(names.wording.joint.join(filter(None, (said, place, when))))
    spoken = names.put("said_on", names.whole(clean(content["said"]))) if content.get("said") else ""
    who = words.who(content, names)
    yield _line(names.put("according_to", who) + spoken if content.get("claimant") else who)
    for told, name in (("own_words", "original"), ("note", "note")):
        if content.get(name):
            yield _line(names.put(told, names.clean(content[name])))
    if content.get("inferred"):
        yield _line(names.put("inferred_by", words.inferred(content, names)))


def _report(id_: str, reports: Mapping[str, Any], names: Names) -> str:
    report = reports.get(id_)
    if report is None:
        return names.whole(id_)
    told = {"label": names.clean(report["label"]), "id": names.whole(id_), "published": names.whole(published(report))}
    return names.put("report_quoted", **told)


def moment(recorded_at: str, zone: tzinfo = UTC, language: Language = "en") -> str:
    """A recorded moment to the second: `29 November 2026, 10:56:06 UTC+03:00`."""
    local = datetime.fromisoformat(recorded_at).astimezone(zone)
    return f"{second_in_words(local, language)} UTC{offset(local)}"


def minute(recorded_at: str, zone: tzinfo) -> str:
    """The same to the minute, for a column of them: `2026-11-29 10:56+03:00`."""
    local = datetime.fromisoformat(recorded_at).astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}{offset(local) or 'Z'}"


def second(time: datetime, zone: tzinfo) -> str:
    """To the second, as `as_of` takes it: `2026-11-29T10:56:06+03:00`."""
    local = time.astimezone(zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}{offset(local) or 'Z'}"


def offset(local: datetime) -> str:
    """How far it is from UTC; nothing where it is not."""
    told = f"{local:%z}"
    return f"{told[:3]}:{told[3:5]}" if local.utcoffset() else ""


def published(report: Mapping[str, Any]) -> str:
    return clean(str(report["published"]).partition("T")[0])
