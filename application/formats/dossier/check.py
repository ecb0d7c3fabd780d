"""A dossier file read whole: everything that is wrong with it, entry by entry and among them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from application.execute import Asked, Executor, GroupRefused, NoSuchDossier, NoSuchItem
from application.formats.dossier.file import (
    CREATED,
    FORMAT,
    SECTION_KINDS,
    SECTIONS,
    AssessmentEntry,
    Contents,
    DossierEntry,
    DossierFile,
    Fault,
    FigureEntry,
    FileCommand,
    Path,
)
from domain.assessment import references_of
from domain.checks import Reference, references, refusals
from domain.dossier import declared
from domain.errors import DomainError
from domain.estimate import check_estimate
from domain.events import read_command
from domain.fields import StreamRef, literal_words, refusal_from
from domain.known import UnknownReference
from domain.namesakes import much_alike
from domain.synonyms import not_in_vocabulary
from domain.topic import NotATopic
from domain.vocabulary import HOUSE

# For so many ids that are not there one that may be meant is looked for: each look goes through all of a kind.
MOST_GUESSED = 50


# Of the items that a file names and does not have: those that its dossier has. None: it could not be asked.
Recorded = Callable[[str, Collection[StreamRef]], Collection[StreamRef] | None]


def read_dossier(
    data: Any,
    written: Callable[[Path], str | None] = lambda path: None,
    recorded: Recorded = lambda dossier_id, wanted: None,
) -> Contents:
    """A file's data as entries, with everything that is wrong with them by themselves and among each other.

    `written` tells how a plain number was written, for where text is wanted. What an entry names is in the file too, or
    `recorded` in the dossier.
    """
    if not isinstance(data, dict):
        return Contents({}, faults=[Fault((), f"a dossier file is a mapping that begins with `format: {FORMAT}`")])
    contents = Contents(data)
    for name in data:
        if name not in DossierFile.model_fields:
            contents.faults.append(
                Fault((name,), f"{name!r} is not a section{_suggested(DossierFile, name)}", at_key=True)
            )
    if data.get("format") != FORMAT:
        contents.faults.append(Fault(("format",), f"this reads the format {FORMAT}, not {data.get('format')!r}"))
    if "dossier" in data:
        contents.dossier = _entry(contents, DossierEntry, ("dossier",), written)
    else:
        contents.faults.append(Fault((), "'dossier' is needed: its id and its title"))
    for section in SECTIONS:
        given = data.get(section, [])
        if not isinstance(given, list):
            contents.faults.append(Fault((section,), "should be a list"))
            continue
        for index in range(len(given)):
            entry = _entry(contents, _model_of(section), (section, index), written)
            if entry is not None:
                contents.entries[section][index] = entry
    for find in (_double, _unreadable, _circles):
        contents.faults.extend(find(contents))
    contents.faults.extend(_dangling(contents, recorded))
    contents.leave_out_what_is_at_fault()
    return contents


async def check_commands(executor: Executor, dossier_id: str, commands: Sequence[FileCommand]) -> list[Fault]:
    """What the rules of the domain have against a file's commands, carried out on an empty log."""
    asked, faults = [], []
    for command in commands:
        try:
            asked.append((command, Asked(read_command(dict(command.given)), command.command_id)))
        except DomainError as refusal:
            faults.append(Fault(command.place(refusal.field), refusal.message))
    try:
        await executor.execute_group(dossier_id, "check", [each for _, each in asked], dry_run=True)
    except GroupRefused as group:
        faults += [
            Fault(asked[index][0].place(refusal.field), refusal.message)
            for index, refusal in group.refusals
            # What is in no file was told already: these only miss an entry that is itself at fault.
            if not isinstance(refusal, (UnknownReference, NoSuchItem, NoSuchDossier))
        ]
    return faults


def _entry(contents: Contents, model: Any, path: Path, written: Callable[[Path], str | None]) -> Any:
    """The entry at a path of the file, or None with its faults noted."""
    given: Any = contents.data
    for part in path:
        given = given[part]
    adapter = _adapter(model)
    try:
        try:
            return adapter.validate_python(given)
        except ValidationError as error:
            # A year, or a name that is a number: whoever writes YAML does not think of quotes.
            if not _written_as_text(given, error, lambda inner: written((*path, *inner))):
                raise
            return adapter.validate_python(given)
    except ValidationError as error:
        found = list(_faults_of(model, given, error))
    contents.faults += [replace(fault, path=(*path, *fault.path)) for fault in found]
    # What is left without the fields at fault may be wrong as well.
    at_fault = {fault.path[0] for fault in found if fault.path}
    try:
        return adapter.validate_python({name: value for name, value in given.items() if name not in at_fault})
    except (ValidationError, AttributeError):
        return None


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _model_of(section: str) -> Any:
    return get_args(DossierFile.model_fields[section].annotation)[0]


def _written_as_text(given: Any, error: ValidationError, written: Callable[[Path], str | None]) -> bool:
    """Put plain numbers back as they were written where text is wanted. Whether there were any."""
    mended = False
    for each in error.errors(include_url=False):
        path = _path_in(given, each["loc"])
        if path and (each["type"] == "string_type" or _wants_text(each)):
            holder: Any = given
            for part in path[:-1]:
                holder = holder[part]
            number = isinstance(holder[path[-1]], (int, float)) and not isinstance(holder[path[-1]], bool)
            as_written = written(path) if number else None
            if as_written is not None:
                holder[path[-1]] = as_written
                mended = True
    return mended


def _wants_text(error: Any) -> bool:
    return bool(error["type"] == "model_type" and error["ctx"]["class_name"] == "Personal")


def _faults_of(model: Any, given: Any, error: ValidationError) -> Iterator[Fault]:
    """Everything that Pydantic has against an entry, one fault for a value."""
    told: set[Path] = set()
    for each in error.errors(include_url=False):
        path = _path_in(given, each["loc"])
        missing = each["type"] == "missing"
        if missing:
            path = (*path, each["loc"][-1])
        elif each["type"] == "union_tag_invalid":
            path = (*path, each["ctx"]["discriminator"].strip("'"))
        if path in told:
            continue
        told.add(path)
        if each["type"] == "extra_forbidden":
            meant = _suggested(_branch(model, given), str(path[-1])) if len(path) == 1 else ""
            yield Fault(path, f"{path[-1]!r} is not a field here{meant}", at_key=True)
        elif missing:
            yield Fault(path, f"{path[-1]!r} is needed")
        else:
            yield Fault(path, _message(each))


def _message(error: Any) -> str:
    match error["type"]:
        case "model_type" if _wants_text(error):
            return "should be text"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "should be a mapping of fields"
        case "string_type":
            return "should be text"
        case "int_type" | "int_parsing" | "float_type" | "float_parsing":
            return f"should be a number, not {error['input']!r}"
        case "list_type":
            return "should be a list"
        case "union_tag_not_found":
            return f"{error['ctx']['discriminator'].strip(chr(39))!r} is needed"
        case "literal_error" | "union_tag_invalid":
            allowed = error["ctx"].get("expected") or error["ctx"]["expected_tags"]
            given = error["input"] if error["type"] == "literal_error" else error["ctx"]["tag"]
            return not_in_vocabulary(given, literal_words(allowed))
        case other:
            return str(refusal_from(other, error["msg"], ()).message.removeprefix("body: "))


def _path_in(data: Any, loc: tuple[int | str, ...]) -> Path:
    """The path of a place in the data: without the names of a union's branches."""
    path: list[str | int] = []
    here = data
    for part in loc:
        if (part in here) if isinstance(here, dict) else isinstance(here, list) and part in range(len(here)):
            here = here[part]
            path.append(part)
    return tuple(path)


def _suggested(model: type[BaseModel], name: str) -> str:
    near = get_close_matches(name, model.model_fields, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _branch(model: Any, given: Any) -> type[BaseModel]:
    """The model that holds for an entry where there are several."""
    if get_origin(model) is not Annotated:
        alone: type[BaseModel] = model
        return alone
    union, info = get_args(model)
    branches: tuple[type[BaseModel], ...] = get_args(union)
    tag = info.discriminator
    return next(each for each in branches if get_args(each.model_fields[tag].annotation) == (given[tag],))


def _entries(contents: Contents) -> Iterator[tuple[Path, Any]]:
    if contents.dossier is not None:
        yield ("dossier",), contents.dossier
    for section, entries in contents.entries.items():
        for index, entry in entries.items():
            yield (section, index), entry


def _ids(contents: Contents, section: str) -> Iterator[tuple[int, str]]:
    """The ids of a section's entries, those at fault too."""
    given = contents.data.get(section)
    for index, item in enumerate(given if isinstance(given, list) else ()):
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            yield index, item["id"]


def _double(contents: Contents) -> Iterator[Fault]:
    for section, kind in SECTION_KINDS.items():
        first: dict[str, int] = {}
        for index, id_ in _ids(contents, section):
            if id_ in first:
                yield Fault((section, index, "id"), f"{kind} {id_!r} stands twice", other=(section, first[id_], "id"))
            first.setdefault(id_, index)


def _unreadable(contents: Contents) -> Iterator[Fault]:
    """What an entry cannot say, whatever the others say."""
    at_fault = {fault.path[:2] for fault in contents.faults}
    vocabulary = declared(contents.dossier) if contents.dossier else HOUSE
    for path, entry in _entries(contents):
        for refusal in refusals(entry, time_zone=contents.time_zone):
            yield Fault(_deep(path, refusal.field), refusal.message)
        if isinstance(entry, FigureEntry) and path not in at_fault:
            try:
                counted = vocabulary.counted_as(entry.measure, entry.unit)
                check_estimate(entry, entry.unit, whole=counted.whole)
            except DomainError as refusal:
                yield Fault(_deep(path, refusal.field), refusal.message)


def _dangling(contents: Contents, recorded: Recorded) -> Iterator[Fault]:
    known = {kind: {id_ for _, id_ in _ids(contents, section)} for section, kind in SECTION_KINDS.items()}
    near: dict[StreamRef, list[str]] = {}
    missing = [
        (_deep(path, name), stream)
        for path, entry in _entries(contents) for name, stream in _named(entry) if stream.id not in known[stream.kind]
    ]  # fmt: skip
    if not missing:
        return
    named = contents.dossier.id if contents.dossier else None
    there = None if named is None else recorded(named, {stream for _, stream in missing})
    nowhere = "in this file" if there is None else "in this file, nor in the dossier"
    for path, stream in missing:
        if stream not in (there or ()):
            if stream not in near and len(near) < MOST_GUESSED:
                near[stream] = much_alike(stream.id, known[stream.kind], most=1)
            perhaps = f"; did you mean {near[stream][0]!r}?" if near.get(stream) else ""
            yield Fault(path, f"there is no {stream.kind} {stream.id!r} {nowhere}{perhaps}")


def _named(entry: Any) -> list[Reference]:
    """Every item that an entry names; a topic that is none names nothing, and is told as a fault of its own."""
    if isinstance(entry, AssessmentEntry):
        with suppress(NotATopic):
            return references_of(entry)
    return references(entry)


def _deep(path: Path, name: str) -> Path:
    return (*path, *(int(part) if part.isdecimal() else part for part in name.split("."))) if name else path


def _circles(contents: Contents) -> Iterator[Fault]:
    """Entries that name each other in a circle, so that none can come first. Each circle once."""
    for section, _, links in CREATED:
        entries = contents.entries[section]
        by_id = {entry.id: index for index, entry in entries.items()}
        done: set[int] = set()
        for first in entries:
            trail: list[int] = []
            steps = [(first, 0)]
            while steps:
                index, depth = steps.pop()
                del trail[depth:]
                if index in trail:
                    names = " → ".join(entries[i].id for i in (*trail[trail.index(index) :], index))
                    last = next(n for n, names_of in links.items() if entries[index].id in names_of(entries[trail[-1]]))
                    message = f"a circle: {names}; one of them has to come first"
                    yield Fault((section, trail[-1], last), message, other=(section, index, "id"))
                elif index not in done:
                    done.add(index)
                    trail.append(index)
                    named = [name for names_of in links.values() for name in names_of(entries[index])]
                    steps += [(by_id[name], depth + 1) for name in named if name in by_id]
