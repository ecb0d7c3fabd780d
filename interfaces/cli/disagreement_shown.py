"""Pairs of claims that cannot both be right, the one below the other."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from interfaces.cli.answers import Told
from interfaces.cli.bars import top_of
from interfaces.cli.figure_shown import NUMBERS, claim_line
from interfaces.cli.sheet import Sheet
from interfaces.messages import words
from interfaces.messages.words import capital, clean

_TIMES = {"certain": "at the same time for certain", "possible": "perhaps not at the same time"}


def pairs(told: Told, items: Sequence[Mapping[str, Any]]) -> None:
    """Each under what it is about: figures with bars on a scale of their own, holders of a place, other claims."""
    for figures, alike in groupby(items, key=lambda item: item["kind"] == "figures"):
        # Numbers and sentences have columns of their own.
        sheet = Sheet(right=NUMBERS if figures else ())
        for item in alike:
            sheet.heading(("≠ ", "bold red"), (_about(told, item), "bold"), f"  {', '.join(_how(item))}")
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
    return told.names.place(item["place"]) if item.get("place") else "Declared"


def _how(item: Mapping[str, Any]) -> Iterator[str]:
    if item["kind"] == "control":
        yield "holders that exclude each other"
    if item.get("time"):
        yield _TIMES[item["time"]]
    if item["kind"] == "declared" or item.get("declared"):
        yield "one claim disputes the other"


def _said(sheet: Sheet, told: Told, claim: str) -> None:
    content = told.content(claim)
    place = told.names.place(content["place"]) if content.get("place") else ""
    who = (told.who(claim), "" if content.get("claimant") else "dim")
    mind = ("; ".join(told.marks(claim)), "yellow")
    sheet.row(
        (claim, "cyan"), words.said(content, told.names, with_note=False),
        details=[place, clean(content.get("when") or "undated"), who, told.report(claim), mind],
    )  # fmt: skip
