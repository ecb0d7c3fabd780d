"""The history of a claim as an account of what happened."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from interfaces.messages import words
from interfaces.messages.words import Names, clean

HEADINGS = {
    "claim.recorded": "recorded it",
    "claim.revised": "recorded that the source changed its word",
    "claim.withdrawn": "recorded that the source took its word back",
    "claim.corrected": "corrected our record",
    "claim.statement_retracted": "retracted one statement of it: we should not have recorded that",
    "claim.statement_reinstated": "reinstated one statement of it",
    "claim.retracted": "retracted it: we should not have recorded it",
    "claim.reinstated": "reinstated it",
    "claim.graded": "graded it",
    "claim.related": "linked it",
}


def account(claim: str, items: Iterable[Any], names: Names, reports: Mapping[str, Any]) -> Iterator[Text]:
    """A claim's history as an account of what happened, line by line."""
    contents: dict[int, dict[str, Any]] = {}
    gone: dict[int, bool] = {}
    for nth, item in enumerate(items):
        if nth:
            yield Text()
        kind = item["type"]
        yield Text.assemble(
            (moment(item["recorded_at"]), "bold"),
            "  ",
            (clean(item["principal_name"] or item["principal"]), "cyan"),
            f" {HEADINGS.get(kind, kind)}" if kind != "claim.recorded" else f" recorded claim {claim}",
            (f"  (position {item['position']})", "dim"),
        )
        says_otherwise = _apply(item, contents, gone)
        if item.get("report") and kind in ("claim.recorded", "claim.revised", "claim.withdrawn"):
            yield Text(f"    in {_report(item['report'], reports)}")
        if item.get("reason"):
            yield Text(f"    because: {clean(item['reason'])}")
        if kind == "claim.recorded":
            yield from _worded_whole(contents[1], names)
            continue
        shown = [change for change in item["changes"] if change["field"] != "graded_because"]
        if kind == "claim.revised" and shown:
            shown = [change for change in shown if change["field"] != "report"]
        for line in words.changes(shown, names):
            yield Text(f"    {line}")
        if kind in ("claim.corrected", "claim.revised") and says_otherwise:
            last = contents[max(number for number in contents if not gone.get(number))]
            yield Text(f"    It now says: {words.said(last, names, with_note=False)}.")


def _apply(item: Mapping[str, Any], contents: dict[int, dict[str, Any]], gone: dict[int, bool]) -> bool:
    """Bring the statements' contents up to an event, and which are retracted; whether any content is another then."""
    before = {number: dict(contents[number]) for number in _statements(item) if number in contents}
    for change in item["changes"]:
        number = change.get("statement")
        if number is None:
            continue
        if change["field"] == "status":
            gone[number] = change["after"] == "retracted"
            continue
        if number not in contents:
            # A new statement is told against the one that it comes after.
            contents[number] = dict(contents[max(contents)]) if contents else {}
        if change["after"] is None:
            contents[number].pop(change["field"], None)
        else:
            contents[number][change["field"]] = change["after"]
    return before != {number: contents[number] for number in _statements(item)}


def _statements(item: Mapping[str, Any]) -> set[int]:
    return {change["statement"] for change in item["changes"] if change.get("statement") is not None}


def _worded_whole(content: Mapping[str, Any], names: Names) -> Iterator[Text]:
    place = f", {names.place(content['place'])}" if content.get("place") else ""
    when = f", {clean(content['when'])}" if content.get("when") else ", undated"
    yield Text(f"    {words.said(content, names, with_note=False)}{place}{when}")
    spoken = f" (said {clean(content['said'])})" if content.get("said") else ""
    yield Text(
        f"    according to {words.who(content, names)}{spoken}" if content.get("claimant") else "    unattributed"
    )
    if content.get("original"):
        yield Text(f"    in the report's own words: “{clean(content['original'])}”")
    if content.get("note"):
        yield Text(f"    note: {clean(content['note'])}")
    if content.get("inferred"):
        yield Text(f"    inferred by the recorder: {', '.join(content['inferred'])}")


def _report(id_: str, reports: Mapping[str, Any]) -> str:
    report = reports.get(id_)
    if report is None:
        return id_
    return f"“{clean(report['label'])}” ({id_}, published {published(report)})"


def moment(recorded_at: str) -> str:
    """A recorded moment to the second, in UTC."""
    parsed = datetime.fromisoformat(recorded_at)
    return f"{parsed.day} {parsed:%B %Y, %H:%M:%S} UTC"


def published(report: Mapping[str, Any]) -> str:
    return clean(str(report["published"]).partition("T")[0])
