"""Claims and what happened to them, in words."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
    "present": "present",
    "fighters": "",
}
_NOUNS = {"people": "people", "families": "families", "km2": "km²", "percent": "%"}
_PLURALS = ("s", "men", "people", "children", "police", "staff", "personnel")
# Whether an actor is one or many ("Forces") cannot be known: nothing here agrees with a number.
_CONTROL = {
    "controls": "controlled by {}",
    "contests": "contested by {}",
    "present": "{} present",
    "encircles": "encircled by {}",
    "absent": "{} absent",
}
# In the direction of its first letter; Unicode calls it First Strong Isolate.
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
LEFT_TO_RIGHT_MARK = "\u200e"
# What opens and ends embeddings, overrides and isolates: in recorded words it would reach past their end.
TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_SEEN_FROM_HERE = {
    "disputes": "disputes",
    "disputed_by": "disputed by",
    "alternative_to": "or else",
    "part_of": "part of",
    "has_part": "includes",
    "overlaps": "overlaps",
    "resolves": "resolves",
    "resolved_by": "resolved by",
}


@dataclass(frozen=True)
class Names:
    """What items are called; an id that has no name stands for itself."""

    actors: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    def actor(self, id_: str) -> str:
        return clean(self.actors.get(id_, id_))

    def place(self, id_: str) -> str:
        return clean(self.places.get(id_, id_))

    def source(self, id_: str) -> str:
        return clean(self.sources.get(id_, id_))


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
        told += f" ({hedge})"
    note = content.get("note") if with_note else None
    return f"{told}. {clean(note)}" if note else told


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
        case "between":
            return f"between {low} and {high}"
        case "at_least" | "more_than" as qualifier:
            word = str(qualifier).replace("_", " ")
            return f"{word} {low}" + (f" ({best} most likely)" if best else "")
        case "at_most" | "fewer_than" as qualifier:
            word = str(qualifier).replace("_", " ")
            return f"{word} {high}" + (f" ({best} most likely)" if best else "")
        case qualifier:
            told = best or between or low or high or "?"
            spread = f" ({between})" if best and between else ""
            return f"{'about ' if qualifier == 'about' else ''}{told}{spread}"


def topic(parts: Mapping[str, Any], names: Names) -> str:
    """What is counted, without how many: `fighters of Islamic State, Hajin enclave`."""
    measure = str(parts["measure"])
    if measure in ("area", "territory_share"):
        told = "area" if measure == "area" else "share of the territory"
        told += f" of {names.actor(parts['subject'])}" if parts.get("subject") else ""
        told += f" ({_NOUNS[parts['unit']]})"
    else:
        told = _counted(parts, names)
    told += f", {names.place(parts['place'])}" if parts.get("place") else ""
    return told + (f", in incident {clean(parts['incident'])}" if parts.get("incident") else "")


def written_topic(text: str, names: Names) -> str:
    """The same of a topic in its written form; one that is not understood stands for itself."""
    measure, unit, *said = text.split(",") if "," in text else (text, "")
    if measure not in (*_DONE, "area", "territory_share") or unit not in _NOUNS:
        return clean(text)
    return topic({"measure": measure, "unit": unit, **dict(part.partition(":")[::2] for part in said)}, names)


def _number(value: Any) -> str | None:
    return None if value is None else f"{value:,}"


def _figure(content: Mapping[str, Any], names: Names) -> str:
    measure, number = str(content["measure"]), number_of(content)
    subject = names.actor(content["subject"]) if content.get("subject") else None
    if measure in ("area", "territory_share"):
        unit = _NOUNS[content["unit"]]
        whose = f" ({subject})" if subject else ""
        if measure == "area":
            return f"an area of {number} {unit}{whose}"
        return f"{number} {unit} of the territory{whose}"
    if content.get("best") == 0 and content.get("qualifier") == "stated":
        number = "no"
    return f"{number} {_counted(content, names)}"


def _counted(content: Mapping[str, Any], names: Names) -> str:
    """Whom or what a figure counts, and what became of them."""
    measure = str(content["measure"])
    noun = "fighters" if measure == "fighters" else _NOUNS[content["unit"]]
    group = str(content.get("group") or "").replace("_", " ")
    if group:
        noun = group if group.endswith(_PLURALS) else f"{group} {noun}"
    told = noun + (f" of {names.actor(content['subject'])}" if content.get("subject") else "")
    told += f" {_DONE[measure]}" if _DONE[measure] else ""
    if content.get("cause"):
        told += f" (cause: {clean(content['cause']).replace('_', ' ')})"
    return told + (f" by {names.actor(content['by'])}" if content.get("by") else "")


def _control(content: Mapping[str, Any], names: Names) -> str:
    actor = names.actor(content["actor"]) if content.get("actor") else "somebody unnamed"
    told = _CONTROL[content["status"]].format(actor)
    if extent := content.get("extent"):
        told += " in pockets" if extent == "pockets" else f", {extent} of it"
    if content.get("side"):
        told += f" from the {joined(side.replace('_', '-') for side in content['side'])}"
    if content.get("against"):
        told += f", against {names.actor(content['against'])}"
    return told + (f": {clean(content['text'])}" if content.get("text") else "")


def _occurrence(content: Mapping[str, Any], names: Names) -> str:
    told = str(content["type"]).replace("_", " ")
    actors = content.get("actors") or {}
    for role in ("by", "with", "against"):
        if actors.get(role):
            given = actors[role] if isinstance(actors[role], list) else [actors[role]]
            told += f" {role} {joined(map(names.actor, given))}"
    if content.get("methods"):
        told += f" ({joined(method.replace('_', ' ') for method in content['methods'])})"
    return told + (f": {clean(content['text'])}" if content.get("text") else "")


def _statement(content: Mapping[str, Any], names: Names) -> str:
    told = str(content.get("nature") or "statement").replace("_", " ")
    if content.get("actor"):
        told += f" about {names.actor(content['actor'])}"
    if content.get("due"):
        told += f", due {content['due']}"
    return told + (f": {clean(content['text'])}" if content.get("text") else "")


def who(content: Mapping[str, Any], names: Names) -> str:
    """Whose word it is, and through whom."""
    told = names.source(content["claimant"]) if content.get("claimant") else "unattributed"
    if content.get("via"):
        told += f", via {joined(map(names.source, content['via']))}"
    return told


def marks(claim: Mapping[str, Any]) -> Iterator[str]:
    """What a reader must know of a claim besides what it says."""
    if claim["status"] != "stands":
        yield str(claim["status"])
    changed = claim.get("changed")
    if changed and changed["kind"] == "revised":
        yield "revised"
    if claim["report"].get("discredited_because"):
        yield "report discredited"
    if claim["report"].get("cited_in"):
        yield "report not seen"
    if claim.get("credibility"):
        yield f"credibility {claim['credibility']}"
    for relation, others in claim["relations"].items():
        yield f"{_SEEN_FROM_HERE.get(relation, relation)} {', '.join(others)}"
    if claim["content"].get("inferred"):
        yield f"inferred: {', '.join(claim['content']['inferred'])}"
    if claim.get("holds") in ("possible", "undated"):
        yield "possibly then" if claim["holds"] == "possible" else "undated"
    if claim.get("reported") == "possible":
        yield "possibly published by then"


def value(field_name: str, content: Any, names: Names) -> str:
    """The value of one field, as people say it; nothing for none."""
    if content is None or content in ([], {}):
        return "nothing"
    match field_name:
        case "actor" | "subject" | "by" | "against":
            return names.actor(str(content))
        case "place":
            return names.place(str(content))
        case "claimant":
            return names.source(str(content))
        case "actors" if isinstance(content, dict):
            return ", ".join(
                f"{role} {joined(map(names.actor, given if isinstance(given, list) else [given]))}"
                for role, given in content.items()
            )
        case "via":
            return joined(map(names.source, content))
        case _ if isinstance(content, (list, tuple)):
            return ", ".join(map(clean, content))
        case _ if isinstance(content, (int, float)) and not isinstance(content, bool):
            return f"{content:,}"
        case _:
            return clean(content)


def changes(given: Sequence[Mapping[str, Any]], names: Names) -> Iterator[str]:
    """Each change of an event: field, before, after."""
    for change in given:
        name = str(change["field"])
        before, after = value(name, change["before"], names), value(name, change["after"], names)
        statement = f" (statement {change['statement']})" if change.get("statement", 1) > 1 else ""
        yield f"{name.replace('_', ' ')}{statement}: {before} → {after}"


def clean(text: object) -> str:
    """Recorded words on one line, without what would control a terminal or turn round what stands beside them.

    Words with letters from right to left are a whole of their own direction. For whoever shows them and does not know
    of isolates, a mark ends them: without either, a date after an Arabic name is read from its end.
    """
    shown = "".join(_shown(character) for character in str(text))
    if any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in shown):
        return f"{ISOLATE}{shown}{END_OF_ISOLATE}{LEFT_TO_RIGHT_MARK}"
    return shown


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
