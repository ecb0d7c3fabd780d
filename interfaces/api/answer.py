"""What a route answers with: how it is written, and how its type is declared."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from fastapi.responses import JSONResponse
from pydantic_core import to_json
from typing_extensions import TypeVar

JSON = "application/json"
NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"

# So many items of a list are written at a time: some milliseconds of the largest.
AT_ONCE = 200

ToldT = TypeVar("ToldT", default=Any)
EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])


class JsonAnswer(JSONResponse, Generic[ToldT]):
    """JSON, four times faster than the standard library writes it: a good part of a large answer.

    `-> JsonAnswer[SourceAnswer]` is what the contract says of the answer, and what the type checker holds it to.
    """

    told: ClassVar[Any] = None

    def __init__(
        self, content: ToldT, status_code: int = 200, headers: Mapping[str, str] | None = None, media_type: str = JSON
    ) -> None:
        super().__init__(content, status_code, headers, media_type)

    def render(self, content: Any) -> bytes:
        return b"".join(in_slices(content))

    if not TYPE_CHECKING:

        def __class_getitem__(cls, told: Any) -> Any:
            # A class, where `Generic` has an alias: FastAPI then sees that it is a response, and leaves it alone.
            return cls if told is ToldT else _telling(cls, told)


def in_slices(content: Any, depth: int = 2) -> Iterator[bytes]:
    """The JSON of an answer, piece by piece: no other thread has its turn while one of them is written."""
    if isinstance(content, dict) and len(content) > AT_ONCE:
        yield from _joined(b"{}", (to_json(dict(part)) for part in _parts(content.items())))
    elif isinstance(content, list) and len(content) > AT_ONCE:
        yield from _joined(b"[]", (to_json(part) for part in _parts(content)))
    elif isinstance(content, dict) and content and depth:
        begins = b"{"
        for key, value in content.items():
            yield begins + to_json(key) + b":"
            yield from in_slices(value, depth - 1)
            begins = b","
        yield b"}"
    else:
        yield to_json(content)


def _parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while part := list(islice(left, AT_ONCE)):
        yield part


def _joined(brackets: bytes, parts: Iterable[bytes]) -> Iterator[bytes]:
    begins = brackets[:1]
    for part in parts:
        yield begins + part[1:-1]
        begins = b","
    yield brackets[1:]


@cache
def _telling(base: type[JSONResponse], told: Any) -> type[JSONResponse]:
    return type(base.__name__, (base,), {"told": told})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that a route may give. Where it is a stream, `told` is one item of it."""

    told: Any
    status: int = 200
    media_type: str = JSON
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """What the contract says of a route that its parameters and its return type do not."""

    takes: Any = None
    takes_as: str = JSON
    body_needed: bool = True
    answers: tuple[Answer, ...] = ()
    headers: tuple[str, ...] = ()
    problems: tuple[int, ...] = ()
    honours_key: bool = False
    pins: bool | None = None


def declares(
    *answers: Answer,
    takes: Any = None,
    takes_as: str = JSON,
    body_needed: bool = True,
    headers: tuple[str, ...] = (),
    problems: tuple[int, ...] = (),
    honours_key: bool = False,
    pins: bool | None = None,
) -> Callable[[EndpointT], EndpointT]:
    """The decorator of an endpoint: `answers` beside the one of its return type, `headers` of all of them.

    `problems` are the statuses that other routes do not refuse with. `honours_key`: the same `Idempotency-Key` answers
    with the first result. `pins`: whether the address alone says all that
    the answer depends on; where it is left out, its clocks do.
    """

    def declared(endpoint: EndpointT) -> EndpointT:
        endpoint.__dict__["declared"] = Declared(
            takes, takes_as, body_needed, answers, headers, problems, honours_key, pins
        )
        return endpoint

    return declared
