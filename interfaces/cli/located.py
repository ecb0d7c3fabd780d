"""YAML and JSON read as plain data, with the line and column of every value."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import yaml

# What aliases may multiply a file to, and how deep it may go: no dossier comes near either.
MOST_ALIASED_VALUES = 100_000
DEEPEST = 40

Path = tuple[str | int, ...]
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Spot(NamedTuple):
    """Where something stands in a text; both count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Located:
    """One value of a file: a dict or list of `Located`, or a scalar. `written` is a plain scalar's own text."""

    value: Any
    spot: Spot
    key: Spot | None = None
    written: str | None = None
    size: int = 1

    def plain(self) -> Any:
        """The value without its places."""
        match self.value:
            case dict():
                return {key: item.plain() for key, item in self.value.items()}
            case list():
                return [item.plain() for item in self.value]
            case scalar:
                return scalar

    def at(self, path: Path) -> "Located":
        """What stands at a path, or the last thing on the way to it."""
        here = self
        for part in path:
            match here.value, part:
                case dict() as inside, _ if part in inside:
                    here = inside[part]
                case list() as inside, int() if part < len(inside):
                    here = inside[part]
                case _:
                    break
        return here


class Unreadable(Exception):
    """The text is not YAML (or JSON) as it is read here."""

    def __init__(self, spot: Spot, message: str) -> None:
        super().__init__(f"{spot.line}:{spot.column}: {message}")
        self.spot, self.message = spot, message


@dataclass
class _Open:
    """A mapping or list whose end has not been read. `key` waits for its value."""

    node: Located
    key: tuple[str, Spot] | None = None


@dataclass
class LocatedText:
    """What was read: the one document of a text, and the keys that stand twice in a mapping."""

    root: Located
    twice: list[tuple[str, Spot, Spot]] = field(default_factory=list)


def read(text: str, *, as_json: bool = False) -> LocatedText:
    """A text as data with places. Scalars as in JSON: `no`, `NL` and `2018-10` are text.

    Raises:
        Unreadable: the text is not YAML (or, `as_json`, not JSON), or more than a dossier can need.
    """
    if as_json:
        text = _as_yaml(text)
    try:
        return _Reader().read(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)
        said = ", ".join(part for part in (error.problem, error.context) if part)
        raise Unreadable(spot, f"this is not YAML: {said}") from None
    except yaml.reader.ReaderError as error:
        raise Unreadable(_spot_of(text, error.position), f"the character {error.character!r} cannot be read") from None


def _as_yaml(text: str) -> str:
    """JSON in the form that a YAML reader takes too, line by line."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(Spot(error.lineno, error.colno), f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise Unreadable(Spot(1, 1), "this goes too deep") from None
    # Tabs stand between values only. YAML knows no surrogate pairs.
    return _PAIR_OR_ESCAPE.sub(_one_escape, text.replace("\t", " "))


_PAIR_OR_ESCAPE = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\.", re.IGNORECASE)


def _one_escape(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    high, low = int(found[1], 16), int(found[2], 16)
    return f"\\U{0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00:08x}"


class _Reader:
    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._anchors: dict[str, Located] = {}
        self._aliased = 0
        self._root: Located | None = None
        self._twice: list[tuple[str, Spot, Spot]] = []

    def read(self, events: Iterator[Any]) -> LocatedText:
        for event in events:
            spot = Spot(event.start_mark.line + 1, event.start_mark.column + 1)
            match event:
                case yaml.ScalarEvent():
                    self._refuse_tag(event, spot)
                    self._take(_scalar(event, spot), event.anchor)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._refuse_tag(event, spot)
                    if len(self._open) >= DEEPEST:
                        raise Unreadable(spot, f"this goes deeper than {DEEPEST} levels")
                    container: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                    self._open.append(_Open(self._take(Located(container, spot), event.anchor)))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    ended = self._open.pop().node
                    items = ended.value.values() if isinstance(ended.value, dict) else ended.value
                    ended.size = 1 + sum(item.size for item in items)
                case yaml.AliasEvent():
                    self._take(self._aliased_value(event.anchor, spot), None)
                case yaml.DocumentStartEvent() if self._root is not None:
                    raise Unreadable(spot, "a second document begins here; a dossier file has one")
        if self._root is None:
            raise Unreadable(Spot(1, 1), "the file is empty")
        return LocatedText(self._root, self._twice)

    def _take(self, node: Located, anchor: str | None) -> Located:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self._root = node
            return node
        into = self._open[-1]
        if isinstance(into.node.value, list):
            into.node.value.append(node)
        elif into.key is None:
            if isinstance(node.value, (dict, list)):
                raise Unreadable(node.spot, "the key of a mapping is text")
            into.key = (node.written if node.written is not None else str(node.value), node.spot)
        else:
            # A value that an alias brings here a second time has another key here.
            node = node if node.key is None else replace(node)
            name, node.key = into.key
            if name in into.node.value:
                self._twice.append((name, node.key, into.node.value[name].key))
            into.node.value[name] = node
            into.key = None
        return node

    def _aliased_value(self, name: str | None, spot: Spot) -> Located:
        # The parser has made sure that the anchor came before; that it was closed too, nobody has.
        node = self._anchors.get(name or "")
        if node is None or any(node is each.node for each in self._open):
            raise Unreadable(spot, f"*{name} stands for nothing that is complete")
        self._aliased += node.size
        if self._aliased > MOST_ALIASED_VALUES:
            raise Unreadable(spot, f"aliases multiply this file beyond {MOST_ALIASED_VALUES:,} values")
        return node

    @staticmethod
    def _refuse_tag(event: Any, spot: Spot) -> None:
        if event.tag is not None and event.tag != "!":
            raise Unreadable(spot, f"tags such as {event.tag} are not read")


_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,18})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def _scalar(event: Any, spot: Spot) -> Located:
    """A scalar by JSON's rules: what YAML 1.1 takes for dates, booleans and numbers to the base 60 is text."""
    text: str = event.value
    # Plain: neither quoted nor a block.
    if not event.implicit[0]:
        return Located(text, spot)
    if text in _WORDS:
        return Located(_WORDS[text], spot, written=text)
    if _INTEGER.fullmatch(text):
        return Located(int(text), spot, written=text)
    if _FLOAT.fullmatch(text):
        return Located(float(text), spot, written=text)
    return Located(text, spot, written=text)


def _spot_of(text: str, position: int) -> Spot:
    before: Sequence[str] = text[:position].split("\n")
    return Spot(len(before), len(before[-1]) + 1)
