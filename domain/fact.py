"""The two things that go in and out of a decision: commands, and the facts they become."""

from functools import cache, cached_property
from typing import Annotated, Any, ClassVar, Protocol, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field

from domain.fields import CheckedOnceMerged, Slug, StreamRef


class Value(BaseModel):
    """A value without identity: never changed once made, and no field that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


ValueT = TypeVar("ValueT", bound=Value)


class Fact(Value):
    """What happened, as stored. Checks shape only, so that no old fact is ever refused.

    A field that holds its default is left out of the stored form, so a default never changes once released.
    """

    type: str


class Happened(Protocol):
    """A fact where it stands in the log."""

    @property
    def position(self) -> int: ...
    @property
    def stream(self) -> StreamRef: ...
    @property
    def event(self) -> Any: ...


class Command(Value):
    """What somebody asks for. Constraints live here and in decide, never on facts."""

    stream_kind: ClassVar[str]

    command: str
    id: Slug = Field(description="the client's own slug, unique for its kind in the dossier")

    @cached_property
    def stream(self) -> StreamRef:
        return StreamRef(self.stream_kind, self.id)

    def part(self, model: type[ValueT]) -> ValueT:
        """The fields of this command that belong to `model`, which it inherits from."""
        given = {name: getattr(self, name) for name in model.model_fields}
        return cast("ValueT", _blank(model).model_copy(update=given))


@cache
def _blank(model: type[Value]) -> Value:
    """One to be copied, which takes half of the time that constructing one anew does."""
    return model.model_construct()


class Creation(Command):
    """A command that begins a stream. Asked again with the same content it changes nothing."""


Changes = Annotated[dict[str, Any], CheckedOnceMerged()]
