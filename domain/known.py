"""What a decision looks up in other streams. What it looked at is what the append is guarded by."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.checks import Reference
from domain.errors import DomainError
from domain.fields import StreamRef


class UnknownReference(DomainError):
    code = "unknown_reference"


class RetractedReference(DomainError):
    code = "retracted_reference"


class Retracted(DomainError):
    """Nothing more is said about what was retracted."""

    code = "retracted"

    @classmethod
    def of(cls, stream: StreamRef, *, way_out: str = "register it anew under another id") -> "Retracted":
        return cls(f"{stream.kind} {stream.id!r} was retracted; {way_out}")


class NotLoaded(Exception):
    """The decision needs these streams: load them and decide again."""

    def __init__(self, streams: Iterable[StreamRef]) -> None:
        self.streams = list(streams)
        super().__init__(", ".join(map(str, self.streams)))


class Known:
    """The states of other streams. `relied_on` is every stream that a decision looked at."""

    def __init__(self, states: Mapping[StreamRef, Any], time_zone: str = "UTC") -> None:
        self._states = states
        self.time_zone = time_zone
        self.relied_on: set[StreamRef] = set()

    def get(self, stream: StreamRef) -> Any:
        """The state of a stream, None if there is no such stream."""
        if stream not in self._states:
            raise NotLoaded([stream])
        self.relied_on.add(stream)
        return self._states[stream]

    def require(self, references: Iterable[Reference], *, retracted_too: bool = False) -> None:
        """Refuse what names an item that is not in the dossier, or (unless `retracted_too`) that was retracted."""
        references = list(references)
        missing = [ref.stream for ref in references if ref.stream not in self._states]
        if missing:
            raise NotLoaded(missing)
        for field, stream in references:
            state = self.get(stream)
            if state is None:
                raise UnknownReference(
                    f"there is no {stream.kind} {stream.id!r} in this dossier; record it first, or mend the id",
                    field=field,
                    kind=stream.kind,
                    id=stream.id,
                )
            if state.retracted and not retracted_too:
                raise RetractedReference(
                    f"{stream.kind} {stream.id!r} was retracted and cannot be named anew", field=field
                )
