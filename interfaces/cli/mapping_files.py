"""Mappings by name: those that come with Kroniek, and files of one's own."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from application.event_log import canonical
from application.formats.edition.mapping import EditionMapping
from application.formats.edition.mapping_check import read_mapping
from domain.dossier import DossierDetails
from domain.dossier import declared as declared_by
from domain.vocabulary import Vocabulary
from interfaces.cli import located
from interfaces.cli.files import read_file
from interfaces.cli.output import Failed
from interfaces.messages.words import counted

LARGEST_MAPPING = 2_000_000


class NamedMapping(NamedTuple):
    """A mapping with the name that it was asked for by. `digest` is that of what it says, however it is written."""

    name: str
    mapping: EditionMapping
    digest: str


def built_in() -> dict[str, Traversable]:
    """The mappings that come with Kroniek, by name."""
    found = (
        each for each in (files("application.formats.edition") / "mappings").iterdir() if each.name.endswith(".yaml")
    )
    return {each.name.removesuffix(".yaml"): each for each in sorted(found, key=lambda each: each.name)}


def words_of(dossier: Mapping[str, Any]) -> Vocabulary:
    """The words of a dossier as it is told."""
    return declared_by(DossierDetails.model_validate({name: dossier[name] for name in DossierDetails.model_fields}))


def load_mapping(name: str, declared: Callable[[], Vocabulary]) -> NamedMapping:
    """A built-in mapping, or that of a file. `declared` tells the words of the dossier that it is for.

    Raises:
        Failed: there is none, or something is wrong with it; each line of it is named.
    """
    text = text_of(name)
    try:
        read = located.read(text, as_json=name.endswith(".json"))
    except located.Unreadable as unreadable:
        raise _at_fault(name, [(unreadable.spot, unreadable.message)]) from None
    root = read.root
    mapping, faults = read_mapping(_with_words_as_written(root), declared)
    told = [
        (second, f"{key!r} stands twice here; the first is on line {first.line}") for key, second, first in read.twice
    ]
    for fault in faults:
        node = root.at(fault.path)
        spot = node.key if fault.at_key and node.key else node.spot
        told.append((spot, f"{'.'.join(map(str, fault.path))}: {fault.message}" if fault.path else fault.message))
    if told or mapping is None:
        raise _at_fault(name, told)
    shown = name if name in built_in() else Path(name).name.replace(" ", "-")
    digest = hashlib.sha256(canonical(mapping.model_dump(mode="json")).encode()).hexdigest()
    return NamedMapping(shown, mapping, digest)


def text_of(name: str) -> str:
    """The text of a mapping."""
    known = built_in()
    if name in known:
        return known[name].read_text("utf-8")
    if not Path(name).exists():
        raise Failed(f"There is no mapping {name!r}: name a file, or one of {', '.join(known)}.", 2)
    try:
        return read_file(Path(name), LARGEST_MAPPING, instead="is it a mapping?").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Failed(f"{name} is not UTF-8 text") from None


def _with_words_as_written(node: located.Located) -> object:
    """Plain data in which numbers and truths are the text that stands there: a mapping knows no others."""
    match node.value:
        case dict():
            return {key: _with_words_as_written(item) for key, item in node.value.items()}
        case list():
            return [_with_words_as_written(item) for item in node.value]
        case None:
            return None
        case scalar:
            return node.written if node.written is not None else scalar


def _at_fault(name: str, faults: list[tuple[located.Spot, str]]) -> Failed:
    lines = [f"{name}:{spot.line}:{spot.column}: {message}" for spot, message in sorted(faults)]
    return Failed("\n".join([*lines, f"{counted(len(lines), 'error')} in {name}; nothing was sent."]))


def listed() -> Iterator[tuple[str, str]]:
    """Each built-in mapping with what it is for: its first line of comment."""
    for name, file in built_in().items():
        first = file.read_text("utf-8").partition("\n")[0]
        yield name, first.removeprefix("# ")
