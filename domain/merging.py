"""What is found to be one: items of a kind that are merged into others, and go on as those until they are split."""

from collections.abc import Mapping

from domain.checks import Reference, with_ids
from domain.errors import DomainError
from domain.fields import ModelT, StreamRef
from domain.known import Known


class MergedIntoItself(DomainError):
    code = "merged_into_itself"


class AlreadyMerged(DomainError):
    code = "already_merged"


class NotMerged(DomainError):
    code = "not_merged"


class GoesOnAsAnother(DomainError):
    """What would be said of it is said of the one that it goes on as, or it would count for nothing."""

    code = "goes_on_as_another"


def check_merge(
    stream: StreamRef,
    merged_into: str | None,
    into: str,
    known: Known,
    *,
    already: type[DomainError] = AlreadyMerged,
    itself: type[DomainError] = MergedIntoItself,
) -> str:
    """Refuse to merge an item into `into`, which must be there, if it is merged already, or would be into itself.

    Where the merges end by which it goes on.

    Raises:
        AlreadyMerged, MergedIntoItself: or what a kind has in their place.
    """
    kind, id_ = stream
    if merged_into is not None:
        said = f"{kind} {id_!r} is merged into {merged_into!r} already; split it first"
        raise already(said, merged_into=merged_into)
    if into == id_:
        raise itself(f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} cannot be merged into itself", field="into")
    known.require([Reference("into", StreamRef(kind, into))])
    way = [into]
    # Retracted ones too, since they may come back.
    # Looking at each makes it a guard: a concurrent merge of any of them is decided again.
    while (further := known.get(StreamRef(kind, way[-1])).merged_into) is not None and further not in way:
        way.append(further)
        if further == id_:
            said = f"{id_!r} would be merged into itself: {' into '.join(map(repr, [id_, *way]))}"
            raise itself(said, field="into")
    return way[-1]


def check_split(stream: StreamRef, merged_into: str | None, *, none: type[DomainError] = NotMerged) -> None:
    """Refuse to split what is not merged.

    Raises:
        NotMerged: or what a kind has in its place.
    """
    if merged_into is None:
        raise none(f"{stream.kind} {stream.id!r} is not merged into another, so there is nothing to split")


def goes_on_as(stream: StreamRef, merged_into: str | None, known: Known) -> str | None:
    """Where the merges of an item end, of those that count; None if it goes on as no other."""
    way = [stream.id]
    while merged_into is not None and merged_into not in way:
        into = known.get(StreamRef(stream.kind, merged_into))
        if into.retracted:
            break
        way.append(merged_into)
        merged_into = into.merged_into
    return way[-1] if len(way) > 1 else None


def refuse_of_merged(stream: StreamRef, merged_into: str | None, known: Known) -> None:
    """Refuse to judge an item that goes on as another: by that one go the answers.

    Raises:
        GoesOnAsAnother: `survivor` says which one it is to be said of.
    """
    survivor = goes_on_as(stream, merged_into, known)
    if survivor is not None:
        kind, id_ = stream
        said = f"{kind} {id_!r} goes on as {survivor!r}: say it of that one, or split {id_!r} off first"
        raise GoesOnAsAnother(said, survivor=survivor)


class Merged:
    """Which items of one kind go on as which others, as of a position: merged ones, neither of the two retracted."""

    def __init__(self, into: Mapping[str, str]) -> None:
        self._into = into
        self._within: dict[str, list[str]] = {}
        for id_, other in into.items():
            self._within.setdefault(other, []).append(id_)

    def __bool__(self) -> bool:
        return bool(self._into)

    def __contains__(self, id_: str) -> bool:
        """Whether it goes on as another."""
        return id_ in self._into

    def survivor(self, id_: str) -> str:
        """Where its merges end: itself if it is not merged."""
        while (into := self._into.get(id_)) is not None:
            id_ = into
        return id_

    def way(self, id_: str) -> list[str]:
        """Itself, what it is merged into, and so on to where its merges end."""
        way = [id_]
        while (into := self._into.get(way[-1])) is not None:
            way.append(into)
        return way

    def ends(self) -> dict[str, str]:
        """Each that goes on as another, with where its merges end."""
        return {id_: self.survivor(id_) for id_ in self._into}

    def within(self, id_: str) -> list[str]:
        """All that are merged into it, from however far, in order."""
        found: list[str] = []
        ahead = [id_]
        for here in ahead:
            nearer = self._within.get(here, ())
            found += nearer
            ahead += nearer
        return sorted(found)

    def one_with(self, id_: str) -> list[str]:
        """All that are one with it, itself among them, in order."""
        if not self._into:
            return [id_]
        survivor = self.survivor(id_)
        return sorted([survivor, *self.within(survivor)])


def as_one(model: ModelT, merged: Mapping[str, Merged]) -> ModelT:
    """A value with the survivors of the items that it names; `merged` by kind of item."""
    kinds = {kind for kind, one in merged.items() if one}
    return with_ids(model, kinds, lambda kind, id_: merged[kind].survivor(id_)) if kinds else model
