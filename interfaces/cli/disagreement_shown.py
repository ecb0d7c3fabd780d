"""Pairs of claims that cannot both be right, the one below the other."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from interfaces.cli.answers import Told
from interfaces.cli.bars import top_of
from interfaces.cli.figure_shown import BARS, NUMBERS, claim_line
from interfaces.cli.sheet import Sheet
from interfaces.messages import words
from interfaces.messages.words import Names, capital, clean


def pairs(told: Told, items: Sequence[Mapping[str, Any]]) -> None:
    """Each under what it is about: figures with bars on a scale of their own, holders of a place, other claims."""
    for figures, alike in groupby(items, key=lambda item: item["kind"] in ("figures", "possible")):
        # Numbers and sentences have columns of their own.
        sheet = Sheet(right=NUMBERS, bars=BARS) if figures else Sheet()
        for item in alike:
            how = told.names.wording.joint.join(_how(item, told.names))
            sheet.heading(("≠ ", "bold red"), (_about(told, item), "bold"), "  ", how)
            lines = item["lines"]
            if figures:
                top = top_of((line["low"], line["best"], line["high"]) for line in lines)
                for line in lines:
                    claim_line(sheet, told, line, top)
            else:
                for line in lines:
                    _said(sheet, told, line["claim"])
            sheet.gap()
        sheet.print()


def _about(told: Told, item: Mapping[str, Any]) -> str:
    if item.get("topic"):
        return capital(words.written_topic(item["topic"], told.names))
    return told.names.place(item["place"]) if item.get("place") else told.names.put("declared")


def _how(item: Mapping[str, Any], names: Names) -> Iterator[str]:
    match item["kind"]:
        case "control":
            gone = any(line.get("status") == "absent" for line in item["lines"])
            yield names.put("there_and_absent" if gone else "holders_exclude")
        case "dates":
            yield names.put(f"dates_{item['time']}")
            return
        case "possible":
            yield " ".join(perhaps_two_things(item, names))
            return
    if item.get("time"):
        yield names.put(f"time_{item['time']}")
    if item["kind"] == "declared" or item.get("declared"):
        yield names.put("one_disputes")


def perhaps_two_things(item: Mapping[str, Any], names: Names) -> Iterator[str]:
    """Sentences: what only one of them says, and how sure it is that they are of one time."""
    yield names.put("perhaps_two_things", _unsure(item["unsure"], names))
    if item.get("time"):
        yield names.put(f"of_one_time_{item['time']}")
    if item.get("declared"):
        yield f"{capital(names.put('one_disputes'))}."


def _unsure(unsure: Sequence[str], names: Names) -> str:
    """`only one says the cause and by whom; they name different times`."""
    if "one_of_several" in unsure:
        return names.put("several_numbers")
    told = [names.put("other_times")] if "when" in unsure else []
    if unsaid := [names.put(f"unsaid_{name}") for name in unsure if name != "when"]:
        told.insert(0, names.put("only_one_says", names.wording.joined(unsaid)))
    return names.wording.semicolon.join(told)


def _said(sheet: Sheet, told: Told, claim: str) -> None:
    content = told.content(claim)
    place = told.names.place(content["place"]) if content.get("place") else ""
    who = (told.who(claim), "" if content.get("claimant") else "dim")
    mind = (told.names.wording.semicolon.join(told.marks(claim)), "yellow")
    sheet.row(
        (told.id(claim), "cyan"), words.said(content, told.names, with_note=False),
        details=[place, clean(content.get("when") or told.names.put("undated")), who, told.report(claim), mind],
    )  # fmt: skip
