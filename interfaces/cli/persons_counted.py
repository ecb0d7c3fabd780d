"""What the register of persons counts, below figures."""

from collections.abc import Iterator, Mapping
from typing import Any

from interfaces.cli.sheet import Sheet
from interfaces.messages.words import Names


def counted_beside(sheet: Sheet, found: Mapping[str, Any], names: Names) -> None:
    """What the register counts: below the figures, and never added to them. Nothing where it has nobody."""
    if not found["persons"] and not found["not_reported"]:
        return
    sheet.gap()
    sheet.heading((names.put("from_the_list"), "bold"), (names.put("beside_figures"), "dim"))
    for counted, said in _fates(found, names):
        sheet.row(counted, details=said)
    for left in _left(found, names):
        sheet.heading((left, "yellow"))


def counted_in_words(found: Mapping[str, Any], names: Names) -> str:
    """`2 persons killed (1 named, 1 civilian); 1 more on the list: …`: why those are not counted."""
    joint = names.wording.joint
    fates = [f"{counted} ({joint.join(filter(None, said))})" for counted, said in _fates(found, names)]
    return names.wording.semicolon.join([*fates, *_left(found, names)])


def _fates(found: Mapping[str, Any], names: Names) -> Iterator[tuple[str, list[str]]]:
    wording = names.wording
    for each in found["fates"]:
        said = [names.put("on_list_named", wording.number(each["named"])), *_split("civilians", each, names)]
        said += [names.put("on_list_in_doubt", wording.number(each["in_doubt"]))] if each["in_doubt"] else []
        said += [names.put("on_list_possible", wording.number(each["possible"]))] if each["possible"] else []
        said += [*_split("women", each, names), *_split("children", each, names)]
        persons = wording.counted("persons", each["persons"])
        yield names.put("persons_of_fate", persons=persons, fate=wording.fates_of_many[each["fate"]]), said


def _left(found: Mapping[str, Any], names: Names) -> Iterator[str]:
    for what, told in (("without_claims", "unnamed_by_claims"), ("not_reported", "more_on_the_list")):
        if found[what]:
            yield names.put(told, names.wording.number(found[what]))


def _split(which: str, each: Mapping[str, Any], names: Names) -> Iterator[str]:
    wording, found = names.wording, each[which]
    told = wording.counted(which, found["yes"])
    beside = [
        names.put(f"on_list_{name}", wording.number(found[name])) for name in ("disputed", "unknown") if found.get(name)
    ]
    yield f"{told} ({wording.joint.join(beside)})" if beside else told
