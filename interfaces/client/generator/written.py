"""What of the Python client is written from what says it already; `python -m interfaces.client.generator` writes it.

Its commands, and where words stand that can be sealed, from the domain's own; and the dossier for asyncio, from the
one without.
"""

import inspect
import re
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from domain import actor as actor_kinds
from domain import assessment, claim, content, estimate, incident, person, place, source
from domain.events import EVENT_TYPES
from domain.fields import EdtfForm, Personal
from domain.sealable import opened, shape_of
from interfaces.api.writing import ROUTES, WriteRoute

CLIENT = Path(__file__).parents[1]
VOCABULARIES = (estimate, content, claim, source, actor_kinds, place, incident, person, assessment)
# Numbers are not taken for truth values, and no text for a number.
NUMBERS = {int: "StrictInt", float: "StrictFloat"}

HEAD = '''\
"""Every command of the API as a model. `python -m interfaces.client.generator` writes it from the domain."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StrictFloat, StrictInt

# EDTF as text, or a day or a moment.
Edtf = str | AwareDatetime | date
'''

BASE = '''
class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Command(Value):
    """`path` is the address that takes it; the limits of what its fields may hold are the server's."""

    path: ClassVar[str]

    command: str
    id: str | None

    def body(self) -> dict[str, Any]:
        """Its JSON, as a line of a batch has it: what was left out is left out."""
        told = self.model_dump(mode="json", exclude_defaults=True)
        # The address says what a command is, a line must; and a kind tells commands of one name apart.
        named = {name: getattr(self, name) for name in ("command", "kind") if hasattr(self, name)}
        return named | told


class Creation(Command):
    """Begins an item. Without an `id` the server makes one; in a batch each is named."""

    id: str | None = None


class Change(Command):
    """Changes the item `id`, if it is still at the version that the change was meant for."""

    id: str
'''


SEALABLE_HEAD = '''\
"""Where words that can be sealed stand in the `data` of each type of event: as its type declares, never by their form.

`python -m interfaces.client.generator` writes it from the domain.
"""

from collections.abc import Mapping
from typing import Any

# What stands at a place: words; or fields by name, of which "*" is every one there is, in a list or a mapping.
Shape = str | Mapping[str, "Shape"]
'''
ASYNC_HEAD = '''\
"""One dossier, with asyncio. `python -m interfaces.client.generator` writes it from `dossier.py`."""
'''
# What is awaited; lists and streams are iterated over.
AWAITED = ("self._connection.ask(", "self._get(", "self._post(")
RENAMED = {
    r"\bDossier\b": "AsyncDossier",
    r"\bConnection\b": "AsyncConnection",
    r"\bListing\b": "AsyncListing",
    r"\bStream\b": "AsyncStream",
    r"\bIterator\b": "AsyncIterator",
    r"from \.connection\b": "from .async_connection",
    r"\bwith self\b": "async with self",
    r"\bfor line in response\.iter_lines\b": "async for line in response.aiter_lines",
}


def written() -> dict[str, str]:
    """The files as they would be written now, in the house's form, by their names."""
    return {
        "commands.py": commands(),
        "async_dossier.py": async_dossier((CLIENT / "dossier.py").read_text("utf-8")),
        "sealable.py": where_sealable(),
    }


def where_sealable() -> str:
    """Where words stand that can be sealed, of each type of event; and what opens them, as the domain has it."""
    found = {name: shape_of((model,)) for name, model in sorted(EVENT_TYPES.items())}
    table = "SHAPES: Mapping[str, Shape] = " + repr({name: shape for name, shape in found.items() if shape})
    return _formatted("sealable.py", f"{SEALABLE_HEAD}\n\n{inspect.getsource(opened)}\n\n{table}\n")


def async_dossier(dossier: str) -> str:
    methods = re.split(r"(?m)^(?=    def )", dossier[dossier.index("\n") :])
    return _formatted("async_dossier.py", ASYNC_HEAD + "".join(map(_awaiting, methods)))


def _awaiting(method: str) -> str:
    for old, new in RENAMED.items():
        method = re.sub(old, new, method)
    for awaited in AWAITED:
        method = method.replace(awaited, f"await {awaited}")
    waits = "await " in method or "async with " in method
    return f"    async {method.lstrip(' ')}" if waits else method


def commands() -> str:
    vocabularies = dict(_vocabularies())
    models = [(model, route) for route in ROUTES for model in route.models]
    parts = [HEAD]
    text_of = _types({values: name for name, values in vocabularies.items()})
    parts += [f"{name} = Literal[{', '.join(map(repr, values))}]" for name, values in vocabularies.items()]
    parts.append(BASE)
    parts += [_class(held, "Value", {}, text_of) for held in dict.fromkeys(_nested(models))]
    parts += [_command(model, route, text_of) for model, route in models]
    return _formatted("commands.py", "\n".join(parts))


def _vocabularies() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The closed lists of words that the commands' fields take, by the names that they have in the domain."""
    models = [(model, route) for route in ROUTES for model in route.models]
    used = {
        get_args(part)
        for model in (*(model for model, _ in models), *_nested(models))
        for info in model.model_fields.values()
        for part in _parts(info.annotation)
        if get_origin(part) is Literal and len(get_args(part)) > 1
    }
    for module in VOCABULARIES:
        for name, value in vars(module).items():
            if get_origin(value) is Literal and get_args(value) in used:
                used.remove(get_args(value))
                yield name, get_args(value)
    assert not used, f"no name for {used}"


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _nested(models: list[tuple[Any, WriteRoute]]) -> Iterator[type[BaseModel]]:
    for model, _ in models:
        for info in model.model_fields.values():
            for part in _parts(info.annotation):
                if isinstance(part, type) and issubclass(part, BaseModel) and part is not Personal:
                    yield part


def _command(model: type[BaseModel], route: WriteRoute, text_of: Callable[[Any], str]) -> str:
    base = "Creation" if route.creates else "Change"
    if route.path.endswith("/descriptions") and "{id}" not in route.path:
        # Of the dossier that it is sent to.
        base = "Command"
    return _class(model, base, {"path": f'ClassVar[str] = "{route.path}"'}, text_of)


def _class(model: type[BaseModel], base: str, first: dict[str, str], text_of: Callable[[Any], str]) -> str:
    lines = [f"class {model.__name__}({base}):"]
    if model.__doc__ and model.__doc__ is not model.__mro__[1].__doc__:
        lines += [f'    """{model.__doc__.strip()}"""', ""]
    lines += [f"    {name}: {text}" for name, text in first.items()]
    lines.append("")
    fields = {name: info for name, info in model.model_fields.items() if name != "id"}
    if base == "Command":
        lines.append("    id: str | None = None")
    ordered = sorted(fields.items(), key=lambda field: (field[0] != "command", not field[1].is_required()))
    lines += [f"    {name}: {_field(info, text_of)}" for name, info in ordered]
    return "\n".join(lines) + "\n"


def _field(info: FieldInfo, text_of: Callable[[Any], str]) -> str:
    values = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    if len(values) == 1:
        return f"Literal[{values[0]!r}] = {values[0]!r}"
    text = "Edtf" if any(isinstance(held, EdtfForm) for held in info.metadata) else text_of(info.annotation)
    return text if info.is_required() else f"{text} = {info.default!r}"


def _types(names: dict[tuple[Any, ...], str]) -> Callable[[Any], str]:
    def text_of(annotation: Any) -> str:
        origin, held = get_origin(annotation), get_args(annotation)
        if any(isinstance(one, EdtfForm) for one in getattr(annotation, "__metadata__", ())):
            return "Edtf"
        if annotation is Personal:
            return "str"
        if annotation is Any:
            return "Any"
        if annotation is type(None):
            return "None"
        if origin is Literal:
            return names[held]
        if origin in (Union, types.UnionType):
            return " | ".join(dict.fromkeys(text_of(one) for one in held))
        if origin is tuple:
            return f"Sequence[{text_of(held[0])}] | {text_of(held[0])}"
        if origin is dict:
            return f"dict[{text_of(held[0])}, {text_of(held[1])}]"
        if hasattr(annotation, "__metadata__"):
            return text_of(annotation.__origin__)
        assert isinstance(annotation, type), annotation
        return NUMBERS.get(annotation, annotation.__name__)

    return text_of


def _formatted(name: str, text: str) -> str:
    ruff = [sys.executable, "-m", "ruff"]
    for rest in (["check", "--quiet", "--fix", "--select", "I"], ["format", "--quiet"]):
        argv = [*ruff, *rest, "--stdin-filename", str(CLIENT / name), "-"]
        text = subprocess.run(argv, input=text, capture_output=True, text=True, check=True, timeout=60).stdout  # noqa: S603
    return text
