"""What a decision looks up in other streams. What it looked at is what the append is guarded by."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.checks import Reference
from domain.errors import DomainError
from domain.fields import StreamRef
from domain.vocabulary import HOUSE, Vocabulary


class UnknownReference(DomainError):
    code = "unknown_reference"


class RetractedReference(DomainError):
    code = "retracted_reference"


class Retracted(DomainError):
    """Nothing more is said about what was retracted."""

    code = "retracted"

    @classmethod
    def of(cls, stream: StreamRef) -> "Retracted":
        return cls(f"{stream.kind} {stream.id!r} was retracted; reinstate it first")


class NotRetracted(DomainError):
    code = "not_retracted"

    @classmethod
    def of(cls, stream: StreamRef) -> "NotRetracted":
        return cls(f"{stream.kind} {stream.id!r} was not retracted, so there is nothing to reinstate")


class NotLoaded(Exception):
    """The decision needs these streams: load them and decide again."""

    def __init__(self, streams: Iterable[StreamRef]) -> None:
        self.streams = list(streams)
        super().__init__(", ".join(map(str, self.streams)))


class Known:
    """The states of other streams. `relied_on` is every stream that a decision looked at.

    `asked_for_words`: whether the decision holds only while the dossier has the words that it has now.
    """

    def __init__(self, states: Mapping[StreamRef, Any], time_zone: str = "UTC", vocabulary: Vocabulary = HOUSE) -> None:
        self._states = states
        self._vocabulary = vocabulary
        self.time_zone = time_zone
        self.relied_on: set[StreamRef] = set()
        self.asked_for_words = False

    @property
    def vocabulary(self) -> Vocabulary:
        """The dossier's words. To be asked of a word that is none of the house's: the decision then rests on them."""
        self.asked_for_words = True
        return self._vocabulary

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
