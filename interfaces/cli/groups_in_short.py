"""What figures come to, in a few words: each group with its number and whose word that is, told apart from others."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from interfaces.cli.answers import Told
from interfaces.cli.figure_shown import range_told
from interfaces.messages.words import Names

MOST_GROUPS = 3

Answer = Mapping[str, Any]
# Of a group what tells it from others: its period, or its incident, which is one group over all of its periods.
_Key = tuple[str, str, str]


def groups_in_short(groups: Sequence[Answer], told: Told) -> str:
    """`4 (Reuters)`; of several each with its period or incident: `2018-10: 4 (Reuters); 2018-11: 9 (2 voices)`."""
    label = _labels(map(_key, groups), told)
    return first_of([label(_key(group)) + group_in_short(group, told.names) for group in groups], told.names)


def groups_that_differ(before: Answer, after: Answer, told: Told) -> Iterator[tuple[str, Answer | None, Answer | None]]:
    """Where two answers have several groups between them, those that differ: what tells each apart, and both sides."""
    was, now = ({_key(group): group for group in answer["groups"]} for answer in (before, after))
    keys = sorted({*was, *now})
    # Of two that nothing tells apart it cannot be said which is which.
    alike = len(was) < len(before["groups"]) or len(now) < len(after["groups"])
    if len(keys) < 2 or alike:
        return
    label = _labels(keys, told)
    for key in keys:
        one, other = was.get(key), now.get(key)
        if _in_order(one) != _in_order(other):
            yield label(key), one, other


def first_of(told: Sequence[str], names: Names) -> str:
    """What is told of some groups: of the first, and of how many more there is something to tell."""
    wording = names.wording
    each = list(told[:MOST_GROUPS])
    if len(told) > MOST_GROUPS:
        each.append(wording.sentences["and_more"].format(wording.number(len(told) - MOST_GROUPS)))
    return wording.semicolon.join(each)


def _key(group: Answer) -> _Key:
    if group.get("incident"):
        return "", "", group["incident"]
    period = group.get("period") or {}
    return period.get("from") or "", period.get("to") or "", group.get("incident") or ""


def _labels(keys: Iterable[_Key], told: Told) -> Callable[[_Key], str]:
    """What stands before each of several groups; nothing before one."""
    every = {*keys}
    periods, incidents = {key[:2] for key in every}, {key[2] for key in every}

    def label(key: _Key) -> str:
        begin, end, incident = key
        parts = [told.period(begin, end)] if len(periods) > 1 and (begin or end) else []
        parts += [told.names.titled(incident, told.id(incident))] if len(incidents) > 1 and incident else []
        return f"{told.names.wording.joint.join(parts)}: " if parts else ""

    return label


def _in_order(group: Answer | None) -> Answer | None:
    """Where lines stand goes by dates, which decide nothing."""
    return group and {**group, "lines": sorted(group["lines"], key=lambda line: str(line["claim"]))}


def group_in_short(group: Answer, names: Names) -> str:
    wording = names.wording
    said = range_told(group, wording) or names.put("no_number")
    spoken = spoken_by(group, group["lines"], wording.figures, names)
    return f"{said} ({spoken})" if spoken else said


def spoken_by(found: Answer, said: Iterable[Answer], verdicts: Mapping[str, str], names: Names) -> str:
    """`disagree, 2 voices and 1 unattributed`; one voice by its name, where it has one: that says it all.

    `said` are the words that count.
    """
    # Where nobody gives a number there is none, and that is told already.
    told_otherwise = found["verdict"] in ("unattributed", "one_voice", "nothing")
    verdict = "" if told_otherwise else _verdict(found["verdict"], verdicts, names)
    return names.wording.joint.join(filter(None, (verdict, _voices(found, said, names))))


def _voices(found: Answer, said: Iterable[Answer], names: Names) -> str:
    wording, claimants = names.wording, {each["voice"]["claimant"] for each in said} - {None}
    told = [wording.counted("voices", found["voices"])] if found["voices"] else []
    if found["voices"] == len(claimants) == 1:
        told = [names.source(claimant) for claimant in claimants]
    if found["unattributed"]:
        told.append(wording.counted("unattributed", found["unattributed"]))
    return wording.joined(told)


def _verdict(verdict: str, verdicts: Mapping[str, str], names: Names) -> str:
    """In English as its own word."""
    return verdict.replace("_", " ") if names.language == "en" else verdicts[verdict]
