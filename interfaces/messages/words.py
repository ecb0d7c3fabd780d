"""Claims and what happened to them, in words."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self

from domain.additions import added, only_adds
from interfaces.messages.date_words import date_in_words
from interfaces.messages.wording import WORDINGS, Language, Wording
from interfaces.messages.wording.form import in_few_digits

_DONE = {
    "killed": "killed",
    "died": "who died",
    "injured": "injured",
    "casualties": "killed, hurt or lost",
    "captured": "captured",
    "surrendered": "who surrendered",
    "missing": "missing",
    "taken_hostage": "taken hostage",
    "held_hostage": "held hostage",
    "evacuated": "evacuated",
    "displaced": "displaced",
    "affected": "affected",
    "damaged": "damaged",
    "destroyed": "destroyed",
    "present": "present",
    "fighters": "",
}
_NOUNS = {"people": "people", "families": "families", "buildings": "buildings", "km2": "km²", "percent": "%"}
_ONE = {"people": "person", "families": "family", "buildings": "building", "fighters": "fighter"}
# Groups of which it is known how they are said, of one and of several; any other is told as a word beside its number,
# unless the dossier has a label for it.
GROUPS = {
    "civilians": "civilian",
    "combatants": "combatant",
    "women": "woman",
    "men": "man",
    "children": "child",
    "girls": "girl",
    "boys": "boy",
    "leaders": "leader",
    "commanders": "commander",
    "soldiers": "soldier",
    "journalists": "journalist",
    "prisoners": "prisoner",
    "refugees": "refugee",
}
KINDS_OF_PEOPLE = ("displaced", "foreign")
# Words that say of a group, a cause or a value of a dimension that the report does not know, or does not say, which.
ABSENT = {
    "unknown": "not_known",
    "not_known": "not_known",
    "unspecified": "not_said",
    "not_specified": "not_said",
    "not_stated": "not_said",
}
# In the direction of its first letter; Unicode calls it First Strong Isolate.
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
LEFT_TO_RIGHT_MARK = "\u200e"
# What opens and ends embeddings, overrides and isolates: in recorded words it would reach past their end.
TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


@dataclass(frozen=True)
class Names:
    """What items are called; an id that has no name stands for itself."""

    actors: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    # By kind and word: the dossier's labels, by language.
    words: Mapping[Any, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    # In which sentences are told: whole ones in English, in another their words one beside the other.
    language: Language = "en"
    # By kind and id: what tells those apart that are called the same.
    apart: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # By their ids the titles.
    incidents: Mapping[str, str] = field(default_factory=dict)
    # Of the person that is told of, where that is known: some languages tell of a woman in other words.
    sex: str | None = None

    @property
    def wording(self) -> Wording:
        return WORDINGS[self.language]

    def label(self, kind: str, word: str) -> str | None:
        """What the dossier has people read for a word: in the language, else in English, else in its first one."""
        labels = self.words.get(kind, {}).get(word, {})
        found = next((labels[each] for each in (self.language, "en") if each in labels), None)
        return self.clean(found or next(iter(labels.values()))) if labels else None

    def word(self, kind: str, word: str) -> str:
        """The same; where it has no label, what the house calls it, or the word itself."""
        told = self.wording.phrases[ABSENT[word]] if word in ABSENT else self.clean(word.replace("_", " "))
        return self.label(kind, word) or self._of_house(kind, word) or told

    def _of_house(self, kind: str, word: str) -> str | None:
        """What the house calls it, where that is known: many a thing that happens is a cause, and a method, too."""
        wording = self.wording
        match kind:
            case "type":
                return wording.types.get(word)
            case "cause" | "method":
                return wording.causes.get(word) or wording.types.get(word)
            case _:
                return None

    def absent(self, part: str, word: str, name: str = "") -> str | None:
        """That it is not known, or not said, of which group or cause somebody is, or which value (of a dimension's
        `name`); None where that is told.
        """
        if word not in ABSENT or self.label("value" if part == "dimension" else part, word) is not None:
            return None
        return self.wording.phrases[f"{part}_{ABSENT[word]}"].format(name)

    def type(self, type_: str) -> str:
        """What happened: as the dossier has people read it, or the house does."""
        return self.word("type", type_)

    def group(self, word: str) -> str:
        """Who is counted: as the dossier has people read it, or the house does."""
        of_house = None if self.language == "en" else self.wording.groups.get(word)
        return self.label("group", word) or of_house or self.word("group", word)

    def actor(self, id_: str) -> str:
        return self.clean(self.actors.get(id_, id_)) + self.mark("actors", id_)

    def place(self, id_: str) -> str:
        return self.clean(self.places.get(id_, id_)) + self.mark("places", id_)

    def source(self, id_: str) -> str:
        return self.clean(self.sources.get(id_, id_)) + self.mark("sources", id_)

    def titled(self, id_: str, short: str | None = None) -> str:
        """An incident by its title: `“A strike on the market”`; where it is not known, its id (or that `short`)."""
        title = self.incidents.get(id_)
        if title is None:
            return self.clean(short or id_)
        return self.put("titled", self.clean(title)) + self.mark("incidents", id_)

    def mark(self, kind: str, id_: str) -> str:
        """What tells an item from others that are called the same, behind its name: ` (35.1, 40.2)`."""
        told = self.apart.get(kind, {}).get(id_)
        if told is None:
            return ""
        # Of its own direction: coordinates amid Arabic words would change places.
        return f" ({ISOLATE}{told}{END_OF_ISOLATE})" if self.wording.right_to_left else f" ({told})"

    def clean(self, text: object) -> str:
        """Recorded words as they stand in a sentence of the language."""
        return clean(text, right_to_left=self.wording.right_to_left)

    def put(self, answer: str, *given: object, **named: object) -> str:
        """What an answer is laid out with, with what stands in it."""
        return self._of_their_sex(answer, self.wording.answers).format(*given, **named)

    def of(self, sex: str | None) -> Self:
        """The same, to tell of a person of that sex; None where it is not known."""
        return replace(self, sex=sex)

    def fate(self, word: str) -> str:
        """What became of a person, or what they were."""
        return self._of_their_sex(word, self.wording.fates)

    def _of_their_sex(self, word: str, otherwise: Mapping[str, str]) -> str:
        return self.wording.by_sex.get(self.sex or "", {}).get(word) or otherwise[word]

    def whole(self, text: object) -> str:
        """An id or a date as it is written, in a sentence of the language: read in its own direction."""
        return f"{ISOLATE}{text}{END_OF_ISOLATE}" if self.wording.right_to_left else str(text)

    def item(self, kind: str, id_: str) -> str:
        """`claim c314`."""
        return self.put(f"item_{kind}", self.whole(id_))

    def happened(self, type_: str, item: str) -> str:
        """What happened to an item by an event of that type: `claim c314 corrected`."""
        return self.put("happened", item=item, done=self.done(type_))

    def done(self, type_: str) -> str:
        """The same of any item: `corrected`. Of a type that a later release records, its own word."""
        verb = type_.partition(".")[2]
        return self.wording.answers.get(f"done_{verb}") or verb.replace("_", " ")

    def ids(self, ids: Iterable[str]) -> str:
        """`c1, c2`."""
        return self.wording.joint.join(map(self.whole, ids))

    def field(self, name: str) -> str:
        """The name of a field amid a sentence; English ones are words."""
        called = self.wording.answers.get(f"field_{name}")
        if called is None and self.language != "en":
            called = self.wording.fields.get(name, name.replace("_", " ")).lower()
        return called or name.replace("_", " ")

    def date(self, edtf: str) -> str:
        """A date of the record in words, of the language."""
        return date_in_words(edtf, self.language)


def said(content: Mapping[str, Any], names: Names, *, with_note: bool = True) -> str:
    """What a statement says, without where, when and who."""
    match content.get("kind"):
        case "figure":
            told = _figure(content, names)
        case "control":
            told = _control(content, names)
        case "occurrence":
            told = _occurrence(content, names)
        case _:
            told = _statement(content, names)
    if hedge := content.get("hedge"):
        told += f" ({names.wording.hedges[hedge]})"
    note = content.get("note") if with_note else None
    return f"{told}. {names.clean(note)}" if note else told


def number_of(content: Mapping[str, Any]) -> str:
    """An estimate: `about 2,000`, `at least 320`, `hundreds of`."""
    low, best, high = (_number(content.get(name)) for name in ("low", "best", "high"))
    between = f"{low} to {high}" if low and high else None
    match content.get("qualifier"):
        case "vague":
            magnitude = str(content.get("magnitude"))
            return magnitude if magnitude == "many" else f"{magnitude} of"
        case "unknown":
            return "an unknown number of"
        case "some":
            return "some"
        case "most":
            return "most"
        case "between" if low != high:
            return f"between {low} and {high}" + (f" ({best} most likely)" if best else "")
        case "at_least" | "more_than" as qualifier:
            word = str(qualifier).replace("_", " ")
            return f"{word} {low}" + (f" ({best} most likely)" if best else "")
        case "at_most" | "fewer_than" as qualifier:
            # Only what is counted one by one is fewer.
            fewer = "less than" if content.get("unit") in ("km2", "percent") else "fewer than"
            return f"{'at most' if qualifier == 'at_most' else fewer} {high}" + (
                f" ({best} most likely)" if best else ""
            )
        case qualifier:
            about = "about " if qualifier == "about" else ""
            if low is not None and low == high and best in (None, low):
                return f"{about}{low}"
            # One bound alone leaves the other side open, whatever the report called it.
            if best is None and between is None and (low or high):
                return f"{about}{low} or more" if low else f"up to {about}{high}"
            if best and not between and (low or high):
                return f"{about}{best} ({f'{low} or more' if low else f'up to {high}'})"
            return f"{about}{best or between or '?'}" + (f" ({between})" if best and between else "")


def number_in(content: Mapping[str, Any], wording: Wording) -> str:
    """An estimate in any language: `ongeveer 2.000`, `honderden`."""
    if wording.language == "en":
        return number_of(content)
    low, best, high = (content.get(name) for name in ("low", "best", "high"))
    qualifier = str(content.get("qualifier"))
    if qualifier == "vague":
        return wording.numbers[str(content.get("magnitude"))]
    if qualifier == "between" and low != high:
        told = wording.numbers[qualifier].format(low=wording.number(low or 0), high=wording.number(high or 0))
        return told + most_likely(best, wording)
    if qualifier in ("stated", "about", "between") and low is not None and low == high and best in (None, low):
        return wording.numbers["stated" if qualifier == "between" else qualifier].format(wording.number(low))
    if best is None and qualifier in ("stated", "about") and (low is None) != (high is None):
        # One bound alone leaves the other side open, whatever the report called it.
        about = wording.numbers[qualifier].format(wording.number(low or high or 0))
        return wording.phrases["up_to" if low is None else "or_more"].format(about)
    bound = {"at_least": low, "more_than": low, "at_most": high, "fewer_than": high}.get(qualifier)
    if best is None and qualifier in ("stated", "about") and low is not None and high is not None:
        both = wording.phrases["range"].format(wording.number(low), wording.number(high))
        return wording.numbers[qualifier].format(both)
    of = next((each for each in (bound, best, low, high) if each is not None), None)
    told = wording.numbers[qualifier].format("?" if of is None else wording.number(of))
    if bound is not None:
        return told + most_likely(best, wording)
    if low is not None and high is not None:
        return f"{told} ({wording.number(low)}–{wording.number(high)})"
    if low is None and high is None:
        return told
    beside = ("at_most", high) if low is None else ("at_least", low)
    return f"{told} ({wording.numbers[beside[0]].format(wording.number(beside[1] or 0))})"


def most_likely(best: Any, wording: Wording) -> str:
    """` (7 most likely)` behind a range; nothing where there is no best number."""
    return "" if best is None else f" ({wording.phrases['most_likely'].format(wording.number(best))})"


_IN_WORDS = ("vague", "some", "most", "unknown")
_SHARE_IN_WORDS = {"unknown": "an unknown share", "some": "some", "most": "most"}


def with_unit(content: Mapping[str, Any], names: Names) -> str:
    """An estimate and its unit, where that is not people: `2 families`, `dozens of families`, `dozens`.

    Of many nobody knows how many, and they are more than a few.
    """
    wording, unit = names.wording, str(content["unit"])
    told, beside = number_in(content, wording), counted_last(content)
    if content.get("qualifier") in _IN_WORDS:
        if unit == "people":
            return told.removesuffix(" of")
        # "Dozens of %" nobody says.
        noun = "percent" if unit == "percent" and wording.language == "en" else unit_of(unit, names)
        if content["qualifier"] == "unknown":
            return wording.phrases["unknown_of"].format(noun)
        return wording.phrases["in_words"].format(number=told, unit=noun)
    if unit not in wording.units:
        # How one of the dossier's own is called nobody has said; the headline tells what is counted.
        return told if beside == 1 else f"{told} {unit_of(unit, names)}"
    return wording.counted(unit, beside, told)


def topic(parts: Mapping[str, Any], names: Names) -> str:
    """What is counted, without how many: `fighters of Islamic State, Hajin enclave`."""
    if names.language != "en":
        return _topic_in(parts, names)
    measure = str(parts["measure"])
    if measure in ("area", "territory_share"):
        told = "area" if measure == "area" else "share of the territory"
        told += f" held by {names.actor(parts['subject'])}" if parts.get("subject") else ""
        told += f" ({unit_of(parts['unit'], names)})"
    else:
        told = _counted(parts, names)
    told += f", {names.place(parts['place'])}" if parts.get("place") else ""
    return told + (f", in incident {names.titled(str(parts['incident']))}" if parts.get("incident") else "")


def _topic_in(parts: Mapping[str, Any], names: Names) -> str:
    """The same in a language of which only words are known: `gedood (mensen): burgers, door Islamitische Staat`."""
    wording, held = names.wording, []
    measure, unit = str(parts["measure"]), str(parts["unit"])
    told = f"{wording.measures.get(measure) or names.word('measure', measure)} ({unit_of(unit, names)})"
    if parts.get("group"):
        group = str(parts["group"])
        label = names.label("group", group) or wording.groups.get(group)
        absent = names.absent("group", group)
        held.append(absent or label or f"{wording.parts['group']} {names.word('group', group)}")
    parted = (("subject", names.actor), ("by", names.actor), ("place", names.place), ("incident", names.titled))
    for part, said in parted:
        if parts.get(part):
            before = "" if part == "place" else f"{wording.parts[part]} "
            held.append(f"{before}{said(str(parts[part]))}")
    if parts.get("cause"):
        held.append(_from_cause(str(parts["cause"]), names))
    held += _of_dimensions(parts, names)
    return f"{told}: {wording.joint.join(held)}" if held else told


def of_whom(part: Mapping[str, Any], whole: Mapping[str, Any], names: Names) -> str:
    """What tells a part from its whole: `of whom children`, `of whom: by Russia, cause airstrike`.

    One that counts something else, or is told apart by nothing that is recorded, is told by all that it says.
    """
    phrases = names.wording.phrases
    counts_alike = all(part.get(name) == whole.get(name) for name in ("kind", "measure", "unit"))
    apart = [*_apart_from(part, whole, names)] if counts_alike else []
    if not apart:
        return phrases["of_which"].format(said(part, names, with_note=False))
    only_group = [name for name, _ in apart] == ["group"] and names.absent("group", part["group"]) is None
    return phrases["of_whom" if only_group else "of_which"].format(names.wording.joint.join(told for _, told in apart))


def _apart_from(part: Mapping[str, Any], whole: Mapping[str, Any], names: Names) -> Iterator[tuple[str, str]]:
    """The fields in which a part says what its whole does not, each in words."""
    parts = names.wording.parts
    for name in ("group", "subject", "by", "cause", "place"):
        value = part.get(name)
        if not value or value == whole.get(name):
            continue
        match name:
            case "group":
                yield name, names.absent("group", str(value)) or names.group(str(value))
            case "place":
                yield name, names.place(str(value))
            case "cause":
                yield name, _from_cause(str(value), names)
            case _:
                yield name, f"{parts[name]} {names.actor(str(value))}"
    known = whole.get("dimensions") or {}
    for name, value in sorted((part.get("dimensions") or {}).items()):
        if known.get(name) != value:
            yield name, _of_dimension(name, str(value), names)


def _from_cause(cause: str, names: Names) -> str:
    return names.absent("cause", cause) or f"{names.wording.parts['cause']} {names.word('cause', cause)}"


def _of_dimensions(parts: Mapping[str, Any], names: Names) -> Iterator[str]:
    for name, value in sorted((parts.get("dimensions") or {}).items()):
        yield _of_dimension(name, str(value), names)


def _of_dimension(name: str, value: str, names: Names, between: str = " ") -> str:
    """`sector wash`, `age unknown`."""
    told = names.word("dimension", name)
    return names.absent("dimension", value, told) or f"{told}{between}{names.word('value', value)}"


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORD = re.compile(r"[a-z0-9][a-z0-9._-]*")
# What a topic may say besides the desk's own dimensions.
_PARTS = ("subject", "group", "by", "cause", "place", "incident")


def written_topic(text: str, names: Names) -> str:
    """The same of a topic in its written form; one that is not understood stands for itself."""
    measure, unit, *said = text.split(",") if "," in text else (text, "")
    if _WORD.fullmatch(measure) is None or _WORD.fullmatch(unit) is None:
        return clean(text)
    parts = dict(part.partition(":")[::2] for part in said)
    own = {name: value for name, value in parts.items() if name not in _PARTS}
    return topic({"measure": measure, "unit": unit, **parts, "dimensions": own}, names)


def counted_last(content: Mapping[str, Any]) -> int | float:
    """The number that what is counted agrees with: of two the larger; of many nobody knows, and they are some."""
    given = {content[name] for name in ("low", "best", "high") if content.get(name) is not None}
    return max(given, default=100) if len(given) < 2 else max(2, *given)


def _number(value: Any) -> str | None:
    return None if value is None else f"{in_few_digits(value):,}"


def _figure(content: Mapping[str, Any], names: Names) -> str:
    if names.language != "en":
        return f"{_topic_in({**content, 'place': None}, names)}: {number_in(content, names.wording)}"
    measure, number = str(content["measure"]), number_of(content)
    subject = names.actor(content["subject"]) if content.get("subject") else None
    if measure in ("area", "territory_share"):
        unit = unit_of(content["unit"], names)
        whose = f" ({subject})" if subject else ""
        if measure == "area":
            unknown = content.get("qualifier") == "unknown"
            return f"an unknown area{whose}" if unknown else f"an area of {number} {unit}{whose}"
        if content["unit"] == "percent" and content.get("qualifier") in _IN_WORDS:
            share = _SHARE_IN_WORDS.get(str(content["qualifier"])) or with_unit(content, names)
            return f"{share} of the territory{whose}"
        return f"{number} {unit} of the territory{whose}"
    if number == "0" and content.get("qualifier") == "stated":
        # Only where that is all: with a range beside it, some are not ruled out.
        number = "no"
    one = counted_last(content) == 1
    if one and _is_of_the_dossier(content, names):
        # How one of them is called nobody has said.
        return f"{_counted(content, names)}: {number}"
    return f"{number} {_counted(content, names, one=one)}"


def _is_of_the_dossier(content: Mapping[str, Any], names: Names) -> bool:
    """Whether what is counted is a unit that only the dossier knows."""
    return content["measure"] != "fighters" and unit_of(content["unit"], names) not in (*_ONE, *_NOUNS.values())


def _counted(content: Mapping[str, Any], names: Names, *, one: bool = False) -> str:
    """Whom or what a figure counts, and what became of them."""
    measure = str(content["measure"])
    beside: list[str] = []
    told = _whom(content, names, beside, one=one)
    if content.get("subject"):
        whose = "on the side of" if told.partition(" ")[0] in ("people", "person") else "of"
        told += f" {whose} {names.actor(content['subject'])}"
    if measure not in _DONE:
        # What it is said to be of them is the dossier's to say.
        label = names.label("measure", measure)
        told += f" {label}" if label else ""
        beside += [] if label else [f"measure: {names.word('measure', measure)}"]
    elif _DONE[measure]:
        told += f" {_DONE[measure]}"
    if content.get("cause"):
        cause = str(content["cause"])
        beside.append(names.absent("cause", cause) or f"cause: {names.word('cause', cause)}")
    for name, value in sorted((content.get("dimensions") or {}).items()):
        beside.append(_of_dimension(name, str(value), names, ": "))
    told += f" by {names.actor(content['by'])}" if content.get("by") else ""
    return told + (f" ({', '.join(beside)})" if beside else "")


def _whom(content: Mapping[str, Any], names: Names, beside: list[str], *, one: bool) -> str:
    """The noun for those who are counted; what cannot be said by one goes `beside` it."""
    noun = "fighters" if content["measure"] == "fighters" else unit_of(content["unit"], names)
    noun = _ONE.get(noun, noun) if one else noun
    group = str(content.get("group") or "")
    if not group:
        return noun
    label = names.label("group", group)
    # Of families that are counted a group says who they are, and is not what is counted; nor are fighters all of it.
    counts_people = content["unit"] == "people" and content["measure"] != "fighters"
    if label is None and group in KINDS_OF_PEOPLE:
        return f"{group} {noun}"
    if label is None and group in GROUPS and counts_people:
        return GROUPS[group] if one else group
    if label is not None and counts_people and not one:
        return label
    if absent := names.absent("group", group):
        # "No people killed (group: unknown)" would read as nobody killed.
        if counts_people:
            return f"{noun} of {absent}"
        beside.append(f"of {absent}")
        return noun
    beside.append(label or (group if group in GROUPS else f"group: {names.word('group', group)}"))
    return noun


def _control(content: Mapping[str, Any], names: Names) -> str:
    # Whether an actor is one or many ("Forces") cannot be known: nothing here agrees with a number.
    wording, phrases = names.wording, names.wording.phrases
    actor = names.actor(content["actor"]) if content.get("actor") else phrases["somebody"]
    told = wording.states[content["status"]].format(actor)
    if extent := content.get("extent"):
        told += wording.extents[extent]
    if content.get("side"):
        told += phrases["from_sides"].format(wording.joined(wording.sides[side] for side in content["side"]))
    if content.get("against"):
        told += phrases["against"].format(names.actor(content["against"]))
    return _with_text(told, content, names)


def _occurrence(content: Mapping[str, Any], names: Names) -> str:
    wording, told = names.wording, names.type(str(content["type"]))
    actors = content.get("actors") or {}
    for role in ("by", "with", "against"):
        if actors.get(role):
            given = actors[role] if isinstance(actors[role], list) else [actors[role]]
            told += wording.roles[role].format(wording.joined(map(names.actor, given)))
    if content.get("methods"):
        told += f" ({wording.joined(names.word('method', method) for method in content['methods'])})"
    return _with_text(told, content, names)


def _statement(content: Mapping[str, Any], names: Names) -> str:
    wording, nature = names.wording, content.get("nature")
    told = wording.natures[nature] if nature else wording.kinds["statement"]
    if content.get("actor"):
        told = wording.phrases["about"].format(told, names.actor(content["actor"]))
    if content.get("due"):
        told += _due(str(content["due"]), names)
    return _with_text(told, content, names)


def _due(date: str, names: Names) -> str:
    """When it is to come: some time in a year, on a day; of an interval its own words say how it lies."""
    within = "" if "/" in date else "_on" if _DAY.match(date) else "_in"
    return names.wording.phrases[f"due{within}"].format(date if names.language == "en" else names.date(date))


def _with_text(told: str, content: Mapping[str, Any], names: Names) -> str:
    return told + (f": {names.clean(content['text'])}" if content.get("text") else "")


def who(content: Mapping[str, Any], names: Names) -> str:
    """Whose word it is, and through whom."""
    phrases = names.wording.phrases
    told = names.source(content["claimant"]) if content.get("claimant") else phrases["unattributed"]
    if content.get("via"):
        told = phrases["via"].format(told, names.wording.joined(map(names.source, content["via"])))
    return told


def marks(claim: Mapping[str, Any], names: Names) -> Iterator[str]:
    """What a reader must know of a claim besides what it says."""
    put = names.put
    if claim["status"] != "stands":
        yield _standing(claim, names)
    changed = claim.get("changed")
    if changed and changed["kind"] == "revised":
        yield put("revised")
    if claim["report"].get("discredited_because"):
        yield put("report_discredited")
    if claim["report"].get("cited_in"):
        yield put("report_not_seen")
    if claim.get("credibility"):
        yield put("credibility", claim["credibility"])
    for relation, others in claim["relations"].items():
        yield put(relation, names.ids(others))
    if claim["content"].get("inferred"):
        yield put("inferred", inferred(claim["content"], names))
    if claim.get("holds") in ("possible", "undated"):
        yield put("possibly_then" if claim["holds"] == "possible" else "undated")
    if claim.get("reported") == "possible":
        yield put("possibly_published")
    yield from taken_from(claim, names, of_claim=True)
    yield from retracted_items(claim.get("names_retracted", ()), names)


def taken_from(
    told: Mapping[str, Any], names: Names, written: Callable[[str], str] = lambda id_: id_, *, of_claim: bool = False
) -> Iterator[str]:
    """`derived from w, which was withdrawn 2017-03-19`: of a claim or a report each of which it is taken.

    `written`: how the answer writes an id. That a report credits a source which stands by its word is told where
    reports are listed, and not of every claim again (`of_claim`).
    """
    taken = told.get("taken_from", ())
    if of_claim and not any("report" in one or one.get("gone") for one in taken):
        return
    told_gone = False
    for one in taken:
        source = one.get("source")
        called = names.source(source) if source else names.whole(written(str(one["report"])))
        origin, gone = names.put(f"taken_{one['how']}", called), one.get("gone")
        # What is gone in a report is not told again of the source that it credits.
        if gone is None or (source and told_gone):
            yield origin
            continue
        told_gone = True
        whose = names.whole(written(str(gone.get("claim"))))
        date = clean(str(gone.get("when", "")).partition("T")[0])
        why = f"{'claim' if 'claim' in gone else 'origin'}_{gone['why']}{'_when' if date else ''}"
        yield names.put(why, origin=origin, claim=whose, when=names.whole(date))


def inferred(content: Mapping[str, Any], names: Names) -> str:
    """The fields that the recorder concluded."""
    return names.wording.joint.join(map(names.field, content["inferred"]))


def retracted_items(items: Iterable[str], names: Names) -> Iterator[str]:
    """`source/x was retracted`: that of some items of a claim, as they are told."""
    for item in items:
        yield names.put("item_retracted", names.whole(clean(item)))


def _standing(claim: Mapping[str, Any], names: Names) -> str:
    """`withdrawn in rights-0418 (2017-04-18)`, `retracted`."""
    if claim["status"] == "withdrawn" and claim.get("withdrawn_in"):
        ended = claim["withdrawn_in"]
        day = clean(str(ended["published"]).partition("T")[0])
        dropped = (claim.get("changed") or {}).get("without_notice")
        told = names.put("dropped_in" if dropped else "withdrawn_in", names.whole(f"{ended['id']} ({day})"))
        return names.put("itself_discredited", told) if ended.get("discredited_because") else told
    if claim["status"] == "withdrawn" and claim.get("withdrawn_when"):
        return names.put("withdrawn_when", names.whole(clean(claim["withdrawn_when"])))
    return names.put(claim["status"])


def _when(member: Mapping[str, Any], names: Names) -> str:
    return f" ({names.whole(clean(member['when']))})" if member.get("when") else ""


@dataclass(frozen=True)
class ByWhom:
    """Who changed a claim in a later report, as far as that is recorded: in which part, and by name (`named`).

    Whoever changed it need not be the source whose claim it was, and of an unattributed one nobody knows that.
    `dropped`: it is not to be found any more, and nobody said why: that is no taking back.
    """

    changed_by: str | None = None
    named: str | None = None
    dropped: bool = False

    @classmethod
    def of(cls, event: Mapping[str, Any], named: str | None = None) -> Self:
        """Of an event as it is told; `named` is what its claimant is called, if that is known."""
        changed_by = event.get("changed_by")
        return cls(changed_by, named if changed_by == "claimant" else None, bool(event.get("without_notice")))

    def say(self, what: str, words: Mapping[str, str]) -> str:
        """The words for what a later report changed: by whom, else those of nobody in particular.

        `{who}` stands where the name goes, if there is one.
        """
        what = what.replace(".withdrawn", ".dropped") if self.dropped else what
        by = "named" if self.named else self.changed_by
        return words.get(f"{what}_by_{by}", words[what])


def family_in_words(family: str, type_: str, by_whom: ByWhom, wording: Wording) -> str:
    """The family of one change, and where a source changed its word, which: `the publisher changed its word`."""
    if family != "source":
        return wording.families[family]
    if type_ == "report.withdrawn":
        # Nobody else can withdraw a report.
        return wording.families["source_by_publisher"]
    by = "named" if by_whom.named else by_whom.changed_by or "nobody"
    return wording.families[f"{'dropped' if by_whom.dropped else 'source'}_by_{by}"].format(who=by_whom.named)


def event_in_words(event: Mapping[str, Any], item: str, who: str, names: Names) -> str:
    """What happened to an item, and who recorded it: `claim c314 corrected by the desk`.

    What a source did, nobody here did: `claim c314 withdrawn, recorded by the desk`.
    """
    if event["family"] != "source":
        return names.put("happened_by", what=names.happened(event["type"], item), who=who)
    dropped = event.get("without_notice")
    what = names.put("happened", item=item, done=names.put("done_dropped")) if dropped else None
    return names.put("happened_recorded_by", what=what or names.happened(event["type"], item), who=who)


def value(field_name: str, content: Any, names: Names) -> str:
    """The value of one field, as people say it; nothing for none."""
    if content is None or content in ([], {}):
        return names.put("nothing")
    wording, joined, clean = names.wording, names.wording.joined, names.clean
    if names.language != "en" and field_name in _OF_THE_HOUSE:
        several = [content] if isinstance(content, str) else content
        return joined(_of_the_house(field_name, str(each), names) for each in several)
    match field_name:
        case "actor" | "subject" | "by" | "against" | "speaks_for":
            return names.actor(str(content))
        case "place":
            return names.place(str(content))
        case "part_of":
            # Of an actor the wholes, of a claim other claims.
            wholes: list[Any] = [content] if isinstance(content, str) else content
            return joined(
                names.actor(each) if isinstance(each, str) else names.actor(each["actor"]) + _when(each, names)
                for each in wholes
            )
        case "within":
            members = [{"place": content}] if isinstance(content, str) else content
            return joined(names.place(each["place"]) + _when(each, names) for each in members)
        case "areas":
            return joined(names.place(each["area"]) + _when(each, names) for each in content)
        case "dated_names":
            return joined(clean(each["name"]) + _when(each, names) for each in content)
        case "claimant" | "publisher" | "author":
            return names.source(str(content))
        case "when" | "said" | "due" | "published" | "published_bounds" | "withdrawn_when" if isinstance(content, str):
            return names.whole(clean(content))
        case "unit":
            return unit_of(str(content), names)
        case "type":
            return names.type(str(content))
        case "measure":
            of_house = None if names.language == "en" else wording.measures.get(str(content))
            return of_house or names.word("measure", str(content))
        case "counted_as":
            return names.put("counted_as", nature=names.put(content["nature"]), whole=_whole(content["whole"], names))
        case "measures":
            return wording.semicolon.join(own_measure(word, held, names) for word, held in content.items())
        case "units":
            return wording.semicolon.join(own_unit(word, held, names) for word, held in content.items())
        case "qualifier" | "kind" | "nature" | "inferred" | "side" | "state" | "verdict" | "why":
            several = [content] if isinstance(content, str) else content
            return joined(clean(each).replace("_", " ") for each in several)
        case "topic":
            return written_topic(str(content), names)
        case "actors" if isinstance(content, dict):
            return wording.joint.join(
                wording.roles[role]
                .format(joined(map(names.actor, given if isinstance(given, list) else [given])))
                .strip()
                for role, given in content.items()
            )
        case "via" | "credits":
            return joined(map(names.source, content))
        case "group":
            return names.group(str(content))
        case "cause":
            return names.word(field_name, str(content))
        case "methods":
            return wording.joint.join(names.word("method", str(method)) for method in content)
        case (
            "group_labels" | "cause_labels" | "dimension_labels" | "value_labels" | "method_labels"
            | "occurrence_types"
        ):  # fmt: skip
            return labels(content, names)
        case "dimensions":
            said = (_of_dimension(name, each, names) for name, each in content.items())
            return wording.joint.join(said)
        case "fates":
            return wording.semicolon.join(fate(each, names) for each in content)
        case "civilian_status":
            return wording.joint.join(civilian_status(each, names) for each in content)
        case "publication" if isinstance(content, dict):
            days = (str(content[side]).partition("T")[0] if content[side] else "…" for side in ("earliest", "latest"))
            return wording.phrases["range"].format(*map(names.whole, days))
        case "withdrawn" if isinstance(content, dict):
            return _taken_back(content, names)
        case "names" | "external_ids" | "coded" if isinstance(content, dict):
            named = ((clean(key.replace("_", " ")), clean(each)) for key, each in content.items())
            return wording.joint.join(map(" ".join, named))
        case _ if isinstance(content, (list, tuple)):
            between = wording.semicolon if any(isinstance(each, dict) for each in content) else wording.joint
            return between.join(_within_another(each, names) for each in content)
        case _ if isinstance(content, dict):
            return wording.joint.join(
                f"{names.field(name)} {_within_another(each, names)}" for name, each in content.items()
            )
        case _ if isinstance(content, bool):
            return names.put("yes" if content else "no")
        case _ if isinstance(content, (int, float)):
            return wording.number(content)
        case _:
            return clean(content)


def _within_another(content: Any, names: Names) -> str:
    """What a value is made of: no number of anything, and told by its words only."""
    return (
        value("", content, names)
        if content is None or isinstance(content, (bool, dict, list))
        else names.clean(content)
    )


_OF_THE_HOUSE = frozenset(
    ("hedge", "side", "standing", "status", "extent", "qualifier", "magnitude", "nature", "grade", "kind", "sex",
     "inferred", "why", "state", "verdict")
)  # fmt: skip


def _of_the_house(field_name: str, word: str, names: Names) -> str:
    """A word of the house that a field holds, in a language of its own; one that it has no wording for as it is."""
    wording, answers = names.wording, names.wording.answers
    match field_name:
        case "inferred":
            return names.field(word)
        case "standing":
            return answers.get(word, word)
        case "status" | "qualifier":
            return answers.get(f"{field_name}_{word}") or answers.get(word) or wording.numbers.get(word, word)
        case "magnitude":
            return wording.numbers.get(word, word)
        case "extent":
            return wording.extents.get(word, word).strip(f" {wording.joint}")
        case "nature":
            return wording.natures.get(word) or answers.get(word, word)
        case "kind":
            return wording.kinds.get(word) or answers.get(f"kind_{word}", word)
        case "sex":
            return answers.get(f"sex_{word}", word)
        case "why":
            return answers["withdrawn"] if word == "withdrawn" else answers.get(f"aside_{word}", word)
        case "state":
            return answers.get(f"state_{word}") or answers.get(word, word)
        case "verdict":
            return wording.figures.get(word) or wording.control.get(word, word)
        case "grade":
            return wording.grades.get(word, word)
        case _:
            return (wording.hedges if field_name == "hedge" else wording.sides).get(word, word)


def _taken_back(withdrawn: Mapping[str, Any], names: Names) -> str:
    """How a publisher took a report back: `in r7, 2026-11-15: Gone from its site`."""
    report, when = withdrawn.get("report"), withdrawn.get("when")
    where = [names.put("in_named_report", names.whole(report))] if report else []
    told = names.wording.joint.join([*where, *([names.whole(clean(when))] if when else [])])
    reason = withdrawn.get("reason")
    return ": ".join(filter(None, (told, names.clean(reason) if reason else "")))


def _whole(counts_wholes: bool, names: Names) -> str:
    return names.put("one_by_one" if counts_wholes else "in_parts")


def completes(type_: str, sides: Iterable[tuple[Any, Any]]) -> bool:
    """Whether what is called a correction only said what had been left unsaid.

    `sides` is what each field held before, and after: nothing at first, or all of it still, as a name in a language
    more does.
    """
    held = [*sides]
    mends = type_.endswith(".corrected") or type_ == "dossier.described"
    return mends and bool(held) and all(only_adds(*both) or is_nothing(*both) for both in held)


def unit_of(unit: str, names: Names) -> str:
    """`people`, `km²`; of the dossier's own what people read for it."""
    of_house = _NOUNS if names.language == "en" else names.wording.units
    return of_house.get(unit) or names.word("unit", unit)


def own_measure(word: str, held: Mapping[str, Any], names: Names) -> str:
    """A measure as it is declared: `hungry: a stock, in people or tents, hungry (en)`."""
    units = held["units"] if isinstance(held["units"], (list, tuple)) else [held["units"]]
    either = names.wording.holds["either"].join(unit_of(each, names) for each in units)
    told = names.put("own_measure", word=names.clean(word), nature=names.put(held["nature"]), units=either)
    return names.wording.joint.join([told, *_labelled(held.get("labels") or {}, names)])


def own_unit(word: str, held: Mapping[str, Any], names: Names) -> str:
    """A unit as it is declared: `tents: one by one, tents (en)`."""
    told = names.put("own_unit", word=names.clean(word), whole=_whole(held.get("whole", True), names))
    return names.wording.joint.join([told, *_labelled(held.get("labels") or {}, names)])


def _labelled(given: Mapping[str, str], names: Names) -> list[str]:
    return [f"{names.clean(text)} ({names.clean(language)})" for language, text in given.items()]


def labels(given: Mapping[str, Mapping[str, str]], names: Names) -> str:
    """What people read for some words: `kurdish: Kurds (en), أكراد (ar)`."""
    wording = names.wording
    each = (f"{names.clean(word)}: {wording.joint.join(_labelled(said, names))}" for word, said in given.items())
    return wording.semicolon.join(each)


def fate(given: Mapping[str, Any], names: Names) -> str:
    """What became of a person: `killed in incident “A strike on the market”, 2018-12-17 (claim c7)`."""
    fates, told = names.wording.fates, names.fate(given["fate"])
    told += fates["incident"].format(names.titled(str(given["incident"]))) if given.get("incident") else ""
    told += fates["place"].format(names.place(given["place"])) if given.get("place") else ""
    for name in ("when", "when_of_incident"):
        if so := given.get(name):
            told += fates[name].format(clean(so) if names.language == "en" else names.date(so))
    return told + (f" ({fates['claim'].format(names.clean(given['claim']))})" if given.get("claim") else "")


def civilian_status(given: Mapping[str, Any], names: Names) -> str:
    """What somebody was, and on whose word: `civilian (SOHR, claim c7)`."""
    wording = names.wording
    voices = [names.source(given["source"])] if given.get("source") else []
    voices += [wording.fates["claim"].format(names.clean(given["claim"]))] if given.get("claim") else []
    return f"{names.fate(given['status'])} ({wording.joint.join(voices)})"


def changes(given: Iterable[Mapping[str, Any]], names: Names, *, because: Collection[str | None] = ()) -> Iterator[str]:
    """Each change of an event: field, before, after. Reasons that are told beside it are left out (`because`)."""
    for each in given:
        change = {**each, **{side: _without_reason(each[side], because) for side in ("before", "after")}}
        name = str(change["field"])
        if is_nothing(change["before"], change["after"]):
            continue
        if change["before"] and only_adds(change["before"], change["after"]):
            more = value(name, added(change["before"], change["after"]), names)
            yield f"{names.field(name)}: {names.put('more_than_before', more)}"
            continue
        before, after = both_sides(change["before"], change["after"], partial(value, name, names=names), names)
        number = change.get("statement", 1)
        # The claim as a whole stands or not too.
        several = number > 1 or (name == "standing" and "statement" in change)
        statement = names.put("of_statement", number) if several else ""
        yield became(f"{names.field(name)}{statement}", before, after, names)


def _without_reason(value: Any, because: Collection[str | None]) -> Any:
    if isinstance(value, Mapping) and "reason" in value and value["reason"] in because:
        return {name: held for name, held in value.items() if name != "reason"}
    return value


def is_nothing(*values: Any) -> bool:
    """Whether neither side of a change says anything: that nothing is recorded otherwise as nothing tells no reader."""
    return all(each is None or each in ([], {}, ()) for each in values)


def became(what: str, before: str, after: str, names: Names) -> str:
    """`best: 5,000 → 6,000`, of what is in words already."""
    return f"{what}: {names.put('became', before=before, after=after)}"


def both_sides(before: Any, after: Any, tell: Callable[[Any], str], names: Names) -> tuple[str, str]:
    """What was and what is, in words. Where these are equal and it is not, it stands beside them as it is recorded."""
    was, now = tell(before), tell(after)
    if was != now or before == after:
        return was, now
    return f"{was} ({_as_recorded(before, names)})", f"{now} ({_as_recorded(after, names)})"


def _as_recorded(given: Any, names: Names) -> str:
    """In the words and numbers that are recorded, however they are put together."""
    if isinstance(given, Mapping):
        each_field = (f"{names.clean(name)} {_as_recorded(each, names)}" for name, each in given.items())
        return names.wording.joint.join(each_field)
    if isinstance(given, (list, tuple)):
        return names.wording.semicolon.join(_as_recorded(each, names) for each in given)
    return names.clean(given)


def clean(text: object, *, right_to_left: bool = False) -> str:
    """Recorded words on one line, without what would control a terminal or turn round what stands beside them.

    Words with letters from right to left are a whole of their own direction, and so are all words with letters in a
    sentence that is read from right to left. For whoever shows them in one from left to right and does not know of
    isolates, a mark ends them: without either, a date after an Arabic name is read from its end.
    """
    shown = "".join(_shown(character) for character in str(text))
    directions = {unicodedata.bidirectional(character) for character in shown}
    if right_to_left:
        return f"{ISOLATE}{shown}{END_OF_ISOLATE}" if directions & {"L", "R", "AL", "AN"} else shown
    return f"{ISOLATE}{shown}{END_OF_ISOLATE}{LEFT_TO_RIGHT_MARK}" if directions & {"R", "AL", "AN"} else shown


def isolated(text: str) -> str:
    """Words beside others on a line from left to right: a whole, where some of them are read from right to left."""
    if not any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text):
        return text
    if text.startswith(ISOLATE) and text.find(END_OF_ISOLATE) == len(text.rstrip(LEFT_TO_RIGHT_MARK)) - 1:
        return text
    return f"{ISOLATE}{text}{END_OF_ISOLATE}{LEFT_TO_RIGHT_MARK}"


def _shown(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if unicodedata.category(character) in ("Cc", "Cs"):
        return "�"
    return f"<U+{ord(character):04X}>" if character in TURNING else character


def capital(text: str) -> str:
    """The text as a sentence begins."""
    return text[:1].upper() + text[1:]


def counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def joined(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *rest, end = [*words] or [""]
    return f"{', '.join(rest)} {last} {end}" if rest else end
