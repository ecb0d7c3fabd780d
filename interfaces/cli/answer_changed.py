"""An answer that changed, in a line or two: what it was, what it is, and which events did it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from interfaces.cli.answers import joined_ids, voices
from interfaces.cli.figure_shown import number
from interfaces.cli.output import say, second
from interfaces.messages import words
from interfaces.messages.words import Names, clean, counted, joined

if TYPE_CHECKING:
    from interfaces.client import AnswerChanged
    from interfaces.client.events import Cause

MOST_CAUSES = 3
MOST_GROUPS = 3
NOT_THERE = "not in the dossier"

Answer = Mapping[str, Any]


class AnswerTelling:
    """Prints changes of an answer, with the names of the dossier."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def tell(self, changed: "AnswerChanged") -> None:
        data = changed.data
        say(
            (f"{changed.position:>6}  ", "dim"),
            (f"{second(changed.time)}  ", "dim"),
            (joined(data.families), "cyan"),
            f"  {about(data.question, self._names)}: ",
            "it changed; too long to be told here" if data.too_large else self._change(changed),
        )
        for cause in data.events[:MOST_CAUSES]:
            say(" " * 10, _cause(cause))
        others = len(data.events) + data.more_events - MOST_CAUSES
        if others > 0:
            say(" " * 10, (f"and {counted(others, 'more event')}", "dim"))

    def _change(self, changed: "AnswerChanged") -> str:
        data = changed.data
        was, now = (short(data.question, answer, self._names) for answer in (data.before, data.after))
        return f"{was} → {now}" if was != now else f"{now}, on other grounds"


def about(question: Mapping[str, Any], names: Names) -> str:
    """`control of Hajin`."""
    match question["question"]:
        case "control":
            return f"control of {names.place(question['place'])}"
        case "figures":
            return words.written_topic(question["topic"], names)
        case "disagreements":
            return f"disagreements about {names.place(question['place'])}"
        case "assessment":
            return f"assessment {clean(question['assessment'])}"
        case _:
            return f"record of {names.source(question.get('source', ''))}"


def short(question: Mapping[str, Any], answer: Answer | None, names: Names) -> str:
    """An answer in a few words."""
    if answer is None:
        return NOT_THERE
    match question["question"]:
        case "control":
            holders = " or ".join(map(names.actor, answer["holders"])) or "nobody"
            return f"{holders} ({_spoken(answer)})"
        case "figures":
            return "; ".join(_groups(answer["groups"])) or "no figure"
        case "disagreements":
            claims = ["/".join(line["claim"] for line in item["lines"]) for item in answer["items"]]
            return f"{counted(len(claims), 'disagreement')} ({joined_ids(claims)})" if claims else "none"
        case "assessment":
            return ", ".join(_finding(answer))
        case _:
            return ", ".join(_record(answer))


def _spoken(found: Answer) -> str:
    """`disagree, 1 voice and 1 unattributed`; of one voice how many there are says it all."""
    verdict = "" if found["verdict"] in ("unattributed", "one_voice") else found["verdict"].replace("_", " ")
    return ", ".join(filter(None, (verdict, voices(found["voices"], found["unattributed"]))))


def _groups(groups: list[Answer]) -> Iterator[str]:
    for group in groups[:MOST_GROUPS]:
        yield f"{number(group['low'], group['high']) or 'no number'} ({_spoken(group)})"
    if len(groups) > MOST_GROUPS:
        yield f"and {len(groups) - MOST_GROUPS:,} more"


def _finding(answer: Answer) -> Iterator[str]:
    yield f"{clean(answer['finding'])} ({answer['grade']})"
    if answer.get("withdrawn_because"):
        yield f"withdrawn by us: {clean(answer['withdrawn_because'])}"
    if moved := [one["claim"] for one in answer["basis"] if one["moved"]]:
        yield f"basis moved: {joined_ids(moved)}"


def _record(answer: Answer) -> Iterator[str]:
    yield f"reliability {answer['reliability'] or 'not graded'}"
    yield counted(answer["claims"]["total"], "claim")
    for name in ("withdrawn", "retracted"):
        if answer["claims"][name]:
            yield f"{answer['claims'][name]:,} {name}"
    for name in ("revised", "corrected", "disputed"):
        if answer[name]:
            yield f"{answer[name]:,} {name}"
    yield counted(answer["reports"], "report")


def _cause(cause: "Cause") -> str:
    what = f"{cause.subject.replace('/', ' ', 1)} {cause.type.partition('.')[2]}"
    return clean(f"{what} (because: {cause.reason})" if cause.reason else what)
