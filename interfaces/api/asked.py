"""What a request asks, held against what its address takes: parameters, the form of the answer, keys."""

import inspect
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi import Request
from fastapi.params import Query
from pydantic import BaseModel

from domain.fields import Malformed
from interfaces.api.answer import JSON, Declared
from interfaces.api.errors import BadHeader, NotAcceptable, ParameterRepeated, UnknownParameter, UnusedParameter

# Of a parameter that takes several values. A filter asks for each of them.
MOST_VALUES = 100
# What an answer is pinned by, and what only says how much of it to tell at once.
_CLOCKS = ("as_of", "reported_by", "at")
_OF_PAGES = ("cursor", "limit", "min_position")
# What says how an answer is made and laid out, or what it is about, which it tells by itself.
_NARROWS_NOTHING = frozenset(
    {*_CLOCKS, *_OF_PAGES, "certainty", "rule", "control_rule", "undated", "order", "per", "topic", "question"}
)

_WHOLE = re.compile(r"-?[0-9]+")

_question: ContextVar[str] = ContextVar("question", default="")
_filters: ContextVar[Mapping[str, str | list[str]]] = ContextVar("filters")


@dataclass(frozen=True)
class Takes:
    """What an endpoint takes and gives. `parameters`: whether each takes several values; `whole`: those of numbers."""

    parameters: Mapping[str, bool]
    whole: frozenset[str]
    media_types: tuple[str, ...]
    honours_key: bool
    pins: bool | None

    @property
    def clocks(self) -> list[str]:
        return [name for name in self.parameters if name.rpartition(".")[2] in _CLOCKS]


async def asked(request: Request) -> None:
    """Refuses what its address makes no use of. Of every route, before anything is done.

    Raises:
        UnknownParameter, ParameterRepeated, UnusedParameter, NotAcceptable, BadHeader
    """
    takes = taken_by(request.scope["endpoint"])
    query = request.query_params
    given = dict.fromkeys(name for name, _ in query.multi_items())
    for name in given:
        if name not in takes.parameters:
            raise UnknownParameter(f"{name[:100]!r} is not a parameter of this address", parameter=name[:100])
        values = len(query.getlist(name))
        if values > (MOST_VALUES if takes.parameters[name] else 1):
            limit = f"at most {MOST_VALUES} times" if takes.parameters[name] else "once"
            raise ParameterRepeated(f"{name!r} is given {values:,} times; it is taken {limit}", parameter=name)
        # Python would read `1_000`, ` 1` and digits of other scripts too, which the contract does not have.
        if name in takes.whole and not _WHOLE.fullmatch(query[name]):
            raise Malformed(f"{name}: {query[name][:100]!r} is not a whole number", parameter=name)
    for name in given:
        clock = name.removesuffix("certainty") + "reported_by"
        # Clients that send every default say that it is certain.
        if name.rpartition(".")[2] == "certainty" and clock not in given and query[name] != "certain":
            said = f"{name!r} is of {clock!r}, which is not given: give that too, or leave it out"
            raise UnusedParameter(said, parameter=name)
    _refuse_other_forms(request, takes)
    if "idempotency-key" in request.headers and not takes.honours_key and request.method != "GET":
        raise BadHeader("this address keeps no Idempotency-Key: leave it out (in a batch, each line has a command_id)")
    asked_for = [(name, value) for name, value in query.multi_items() if name not in _OF_PAGES]
    # The endpoint runs in this context too, and so does what makes a cursor for it.
    _question.set(f"{request.url.path}?{sorted(asked_for)}")
    _filters.set(
        {
            name: query.getlist(name) if takes.parameters[name] else query[name]
            for name in filters_of(takes)
            if name in given
        }
    )
    by_clocks = bool(takes.clocks) and all(clock in given for clock in takes.clocks)
    request.state.pinned = by_clocks if takes.pins is None else takes.pins


def question_digest() -> str:
    """Of the question that is being answered: of its address and its parameters, but for those of pages."""
    return blake2b(_question.get().encode(), digest_size=6).hexdigest()


def filters_asked() -> dict[str, str | list[str]]:
    """What narrows the question that is being answered, as it was asked."""
    return dict(_filters.get({}))


def filters_of(takes: Takes) -> list[str]:
    """The parameters that leave something out of an answer."""
    return [name for name in takes.parameters if name.rpartition(".")[2] not in _NARROWS_NOTHING]


@cache
def taken_by(endpoint: Any) -> Takes:
    """What the signature of an endpoint, and what it declares, say."""
    declared: Declared = endpoint.__dict__.get("declared", Declared())
    parameters, whole = dict[str, bool](), set[str]()
    for name, annotation in get_type_hints(endpoint, include_extras=True).items():
        if get_origin(annotation) is Annotated and any(isinstance(each, Query) for each in get_args(annotation)[1:]):
            model = get_args(annotation)[0]
            if isinstance(model, type) and issubclass(model, BaseModel):
                fields = model.model_fields.items()
                parameters |= {info.alias or field: _is_list(info.annotation) for field, info in fields}
                whole |= {info.alias or field for field, info in fields if _is_whole(info.annotation)}
            else:
                parameters[name] = _is_list(model)
                whole |= {name} if _is_whole(model) else set()
    told = getattr(inspect.signature(endpoint).return_annotation, "told", None)
    good = [answer.media_type for answer in declared.answers if answer.status < 300 and answer.told is not None]
    media_types = dict.fromkeys([*([JSON] if told is not None or not declared.answers else []), *good])
    return Takes(parameters, frozenset(whole), tuple(media_types), declared.honours_key, declared.pins)


def _is_whole(annotation: Any) -> bool:
    return annotation is int or any(map(_is_whole, get_args(annotation)))


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list


def _refuse_other_forms(request: Request, takes: Takes) -> None:
    accepted = request.headers.get("accept")
    if accepted is None or not takes.media_types:
        return
    ranges = [_range(each) for each in accepted.split(",") if each.strip()]
    if ranges and not any(_accepts(ranges, media_type) for media_type in takes.media_types):
        raise NotAcceptable(
            f"the answer is there as {' or '.join(takes.media_types)} only, which `Accept` does not take"
        )


def _range(text: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip().lower() for part in text.split(";"))
    weights = [part.partition("=")[2] for part in parameters if part.startswith("q=")]
    try:
        return media_type, float(weights[0]) if weights else 1.0
    except ValueError:
        return media_type, 1.0


def _accepts(ranges: list[tuple[str, float]], media_type: str) -> bool:
    """Whether a media type is taken: of the ranges that hold it, the narrowest decides (RFC 9110, 12.5.1)."""
    whole = f"{media_type.partition('/')[0]}/*"
    for range_ in (media_type, whole, "*/*"):
        weights = [weight for name, weight in ranges if name == range_]
        if weights:
            return max(weights) > 0
    return False
