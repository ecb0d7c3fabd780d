"""Under which id an item goes that rows spell in several ways, where a dossier has some of these as items already."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from application.formats.edition.difference import ROLES
from application.formats.edition.named import Gazetteer
from application.formats.edition.rows import RowContent, RowWanted
from application.formats.edition.spellings import Details, Kind, Spelling

Item = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Settled:
    """Of each item that has several: the ids that its spellings make, the first one's first; and what is there."""

    own_ids: Mapping[Item, Sequence[str]]
    there: Collection[Item]

    @classmethod
    def of(cls, spellings: Iterable[Spelling], there: Collection[Item]) -> "Settled":
        """Only of the items of which a later spelling is there: the others go under the id of their first."""
        own_ids: dict[Item, list[str]] = {}
        for one in spellings:
            if one.own_id != one.id:
                own_ids.setdefault((one.kind, one.id), [one.id]).append(one.own_id)
        return cls({i: ids for i, ids in own_ids.items() if any((i[0], each) in there for each in ids[1:])}, there)

    def id_of(self, kind: Kind, item: str, own_id: str) -> str:
        """A spelling that is an item there stays that item; any other becomes the first that is there.

        So an import that is run again names what it named before, by whatever its items were told apart then.
        """
        if (kind, own_id) in self.there:
            return own_id
        return next((each for each in self.own_ids.get((kind, item), ()) if (kind, each) in self.there), item)

    def told(self, spellings: Iterable[Spelling]) -> tuple[list[Spelling], list[Spelling]]:
        """Of all spellings those of one item, with the id that it goes under; and those of two that are both there."""
        one_item, apart = list[Spelling](), list[Spelling]()
        for one in spellings:
            first, own = (self.id_of(one.kind, one.id, own_id) for own_id in (one.id, one.own_id))
            (one_item if first == own else apart).append(one._replace(id=first, own_id=own))
        return one_item, apart

    def rows(self, rows: Sequence[RowWanted]) -> Sequence[RowWanted]:
        return [self._row(row) for row in rows] if self.own_ids else rows

    def gazetteer(self, held: Gazetteer) -> Gazetteer:
        """The same with places in the parents that were settled on."""
        if not self.own_ids:
            return held
        return replace(held, places={id_: self._within(details) for id_, details in held.places.items()})

    def _within(self, details: Details) -> Details:
        parent = details.get("within")
        return details if parent is None else {**details, "within": self.id_of("place", parent, parent)}

    def _row(self, row: RowWanted) -> RowWanted:
        def settled(kind: Kind, item: str) -> str:
            if (kind, item) not in self.own_ids:
                return item
            return self.id_of(kind, item, row.own_ids.get((kind, item), item))

        claims = {claim_id: renamed(content, settled) for claim_id, content in row.claims.items()}
        return replace(row, claims=claims, incident=row.incident and renamed(row.incident, settled))


def renamed(content: RowContent, name_of: Callable[[Kind, str], str]) -> RowContent:
    """A content, or an incident, with other ids of the places and actors that it names."""
    made: RowContent = {name: name_of("actor", content[name]) for name in ROLES if name in content}
    if "place" in content:
        made["place"] = name_of("place", content["place"])
    if "actors" in content:
        made["actors"] = {
            role: list(dict.fromkeys(name_of("actor", each) for each in ids)) for role, ids in content["actors"].items()
        }
    return {**content, **made}
