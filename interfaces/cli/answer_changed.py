"""An answer that changed, in a line or two: what it was, what it is, and which events did it."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from interfaces.cli.account import second
from interfaces.cli.answers import Told, family_in_words, family_of_event, joined_ids
from interfaces.cli.groups_in_short import first_of, group_in_short, groups_in_short, groups_that_differ, spoken_by
from interfaces.cli.output import say
from interfaces.messages import words
from interfaces.messages.holders import holders
from interfaces.messages.words import Names, clean, isolated

if TYPE_CHECKING:
    from interfaces.client import AnswerChanged
    from interfaces.client.events import Cause, ChangedAnswer

MOST_CAUSES = 3
MOST_GROUNDS = 3

Answer = Mapping[str, Any]


class AnswerTelling:
    """Prints changes of an answer, with the names of the dossier and by its clock."""

    def __init__(self, names: Names, zone: ZoneInfo) -> None:
        self._names, self._zone = names, zone
        self._told = Told({}, zone.key, names)

    def tell(self, changed: "AnswerChanged") -> None:
        data, names = changed.data, self._names
        wording = names.wording
        say(
            (f"{changed.position:>6}  ", "dim"),
            (f"{second(changed.time, self._zone)}  ", "dim"),
            (isolated(wording.joined(dict.fromkeys(_families(data, names)))), "cyan"),
            "  ",
            isolated(about(data.question, names)),
            ": ",
            isolated(names.put("changed_too_large") if data.too_large else self._change(changed)),
        )
        for cause in data.events[:MOST_CAUSES]:
            say(" " * 10, isolated(_cause(cause, names)))
        others = len(data.events) + data.more_events - MOST_CAUSES
        if others > 0:
            say(" " * 10, (isolated(names.put("and_also", wording.counted("more_events", others))), "dim"))

    def _change(self, changed: "AnswerChanged") -> str:
        data = changed.data
        was, now = (short(data.question, answer, self._told) for answer in (data.before, data.after))
        return both_answers(was, now, data.before, data.after, self._told)


def _families(data: "ChangedAnswer", names: Names) -> Iterator[str]:
    """The families of what changed it; in English as their own words, else by whom a word was changed."""
    for family in data.families:
        sources = [cause.model_dump() for cause in data.events if cause.family == family == "source"]
        if names.language == "en":
            yield family
        elif sources:
            yield from (family_of_event(one, names) for one in sources)
        else:
            yield family_in_words(family, names)


def both_answers(was: str, now: str, before: Any, after: Any, told: Told) -> str:
    """What an answer was and is, in a few words; where these are equal, on which other grounds it is that.

    Of several periods or incidents those that differ.
    """
    names = told.names
    if before and after and "groups" in before and "groups" in after:
        differing = [
            label + _both_groups(one, other, told) for label, one, other in groups_that_differ(before, after, told)
        ]
        if differing and before.get("persons") == after.get("persons"):
            return first_of(differing, names)
    return _both(was, now, before, after, names)


def _both_groups(one: Answer | None, other: Answer | None, told: Told) -> str:
    names = told.names
    was, now = (group_in_short(group, names) if group else names.put("nothing") for group in (one, other))
    return _both(was, now, one, other, names)


def _both(was: str, now: str, before: Any, after: Any, names: Names) -> str:
    if was != now:
        return names.put("became", before=was, after=now)
    grounds = names.wording.semicolon.join(_grounds(before, after, names))
    return names.put("other_grounds_are", now=now, grounds=grounds) if grounds else names.put("other_grounds", now)


def _grounds(before: Any, after: Any, names: Names) -> Iterator[str]:
    """The claims that only one of two answers tells, and how those that both tell are told otherwise.

    What is told of a claim is none of the claims that stand below it: these are told by themselves.
    """
    old, new = ({part["claim"]: part for part in _parts(answer) if part.get("claim")} for answer in (before, after))
    if gone := [claim for claim in old if claim not in new]:
        yield names.put("no_longer", joined_ids(gone, names, MOST_GROUNDS))
    if come := [claim for claim in new if claim not in old]:
        yield names.put("also_claims", joined_ids(come, names, MOST_GROUNDS))
    otherwise = [claim for claim in old if apart(_itself(old[claim]), _itself(new.get(claim, old[claim])))]
    for claim in otherwise[:MOST_GROUNDS]:
        yield f"{names.whole(claim)} {_otherwise(old[claim], new[claim], names)}"
    if len(otherwise) > MOST_GROUNDS:
        more = names.wording.counted("more_claims", len(otherwise) - MOST_GROUNDS)
        yield names.put("more_told_otherwise", more)
    if not (gone or come or otherwise):
        told = dict.fromkeys(words.changes([*leaves_apart(before, after)], names))
        yield from list(told)[:MOST_GROUNDS]


def _otherwise(old: Answer, new: Answer, names: Names) -> str:
    if "why" in new and new["why"] != old.get("why"):
        return names.put("now_set_aside", words.value("why", new["why"], names))
    if "why" in old and "why" not in new:
        return names.put("counts_again")
    told = list[str]()
    for one in apart(_itself(old), _itself(new)):
        if one["field"] == "voice":
            was, now = (voice_in_words(one[side], names) for side in ("before", "after"))
            told.append(words.became(names.field("voice"), was, now, names))
        # Of what is made of others these are told by themselves.
        elif not isinstance(one["before"] or one["after"], (Mapping, list)):
            told += words.changes([one], names)
    if not told:
        return names.put("told_otherwise")
    return names.put("with_changes", names.wording.joint.join(told))


def voice_in_words(voice: Answer, names: Names) -> str:
    return names.source(voice["claimant"]) if voice.get("claimant") else names.wording.phrases["unattributed"]


def apart(old: Answer, new: Answer, none: Any = None) -> list[Mapping[str, Any]]:
    """The fields in which two answers or items differ, as changes; `none` is what one has that is left out."""
    pairs = {name: (old.get(name, none), new.get(name, none)) for name in {**old, **new}}
    return [{"field": name, "before": was, "after": now} for name, (was, now) in pairs.items() if was != now]


def _itself(told: Answer) -> Answer:
    """What is told of a claim, without the claims below it."""
    return {name: value for name, value in told.items() if not name.startswith("parts")}


def leaves_apart(before: Any, after: Any, field: str = "") -> Iterator[Mapping[str, Any]]:
    """The single values in which two answers differ, wherever their lines stand, as changes of their fields."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for one in apart(before, after):
            yield from leaves_apart(one["before"], one["after"], one["field"])
    elif _is_made_of_others(before) or _is_made_of_others(after):
        old, new = before or [], after or []
        for one, other in zip_longest(*([each for each in mine if each not in theirs] for mine, theirs in
                                        ((old, new), (new, old))), fillvalue={}):  # fmt: skip
            yield from leaves_apart(one, other)
    elif isinstance(before, Mapping) or isinstance(after, Mapping):
        yield from leaves_apart(before or {}, after or {}, field)
    else:
        yield {"field": field, "before": before, "after": after}


def _is_made_of_others(told: Any) -> bool:
    return isinstance(told, list) and any(isinstance(each, Mapping) for each in told)


def _parts(answer: Any) -> Iterator[Answer]:
    """An answer, and all that it is made of."""
    if isinstance(answer, Mapping):
        yield answer
    inner = answer.values() if isinstance(answer, Mapping) else answer if isinstance(answer, list) else ()
    for each in inner:
        yield from _parts(each)


def about(question: Mapping[str, Any], names: Names) -> str:
    """`control of Hajin`."""
    match question["question"]:
        case "control":
            return names.wording.sentences["control_of"].format(names.place(question["place"]))
        case "figures":
            return words.written_topic(question["topic"], names)
        case "disagreements":
            return names.put("about_disagreements", names.place(question["place"]))
        case "assessment":
            return names.item("assessment", clean(question["assessment"]))
        case _:
            return names.put("about_record", names.source(question.get("source", "")))


def short(question: Mapping[str, Any], answer: Answer | None, told: Told) -> str:
    """An answer in a few words."""
    names = told.names
    if answer is None:
        return names.put("not_there")
    wording = names.wording
    match question["question"]:
        case "control":
            governing = [state for state in answer["states"] if state.get("governs")]
            spoken = spoken_by(answer, governing, wording.control, names)
            return f"{holders(answer, names) or names.put('nobody')} ({spoken})"
        case "figures":
            over = any(aside["why"] == "ended" for aside in answer["set_aside"])
            nothing = names.put("over_by_then") if over else wording.figures["nothing"]
            return (groups_in_short(answer["groups"], told) or nothing) + _listed(answer.get("persons"), names)
        case "disagreements":
            claims = ["/".join(line["claim"] for line in item["lines"]) for item in answer["items"]]
            many = wording.counted("disagreements", len(claims))
            return f"{many} ({joined_ids(claims, names)})" if claims else names.put("none")
        case "assessment":
            return wording.joint.join(_finding(answer, names))
        case _:
            return wording.joint.join(_record(answer, names))


def _listed(persons: Answer | None, names: Names) -> str:
    """Whom the register of persons has in the incident: `; on the list 3 killed, 1 of unknown fate`."""
    if persons is None or not persons["fates"]:
        return ""
    wording = names.wording
    fates = (
        names.put("number_of_fate", number=wording.number(one["persons"]), fate=wording.fates_of_many[one["fate"]])
        for one in persons["fates"]
    )
    return names.put("on_the_list", wording.joint.join(fates))


def _finding(answer: Answer, names: Names) -> Iterator[str]:
    yield f"{names.clean(answer['finding'])} ({names.wording.grades[answer['grade']]})"
    if answer.get("withdrawn_because"):
        yield names.put("withdrawn_by_us", names.clean(answer["withdrawn_because"]))
    if moved := [one["claim"] for one in answer["basis"] if one["moved"]]:
        yield f"{names.put('basis_moved')}: {joined_ids(moved, names)}"
    if answer.get("not_out"):
        yield names.put("rests_not_possible", joined_ids(answer["not_out"], names))


def _record(answer: Answer, names: Names) -> Iterator[str]:
    wording, grade = names.wording, answer["reliability"]
    yield names.put("reliability", grade) if grade else names.put("reliability_not_graded")
    yield wording.counted("claims", answer["claims"]["total"])
    for name in ("withdrawn", "retracted"):
        if answer["claims"][name]:
            yield f"{wording.number(answer['claims'][name])} {names.put(name)}"
    for name in ("revised", "corrected", "disputed"):
        if answer[name]:
            yield f"{wording.number(answer[name])} {names.put(f'source_{name}')}"
    yield wording.counted("reports", answer["reports"])


def _cause(cause: "Cause", names: Names) -> str:
    kind, _, id_ = cause.subject.partition("/")
    what = names.happened(cause.type, names.item(kind, clean(id_)))
    return f"{what} ({names.put('because', names.clean(cause.reason))})" if cause.reason else what
