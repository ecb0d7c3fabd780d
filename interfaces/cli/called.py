"""What items are called in the language that an answer is told in."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from domain.namesakes import told_apart
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.output import language_asked
from interfaces.messages.wording import Language
from interfaces.messages.words import Names

# So many are asked for one by one, and so many where the list goes on.
FEW = 2
FEW_OF_MANY = 20
_KINDS = ("actors", "places", "sources")
_NOTHING: Mapping[str, Any] = {}


def called(item: Mapping[str, Any], language: Language, at: str | None = None, time_zone: str = "UTC") -> str:
    """What an actor, place or source is called in a language, at a moment if one is given."""
    # Whoever asks for help needs no calendar.
    from domain.names import DatedName, name_of
    from domain.when import bounds

    dated = [DatedName.model_validate(one) for one in item.get("dated_names", ())]
    moment = None if at is None else bounds(at).latest
    return name_of(item["name"], item.get("names", _NOTHING), dated, language, moment, time_zone)


def names_in_answer(
    client: Client, dossier: str, answer: Mapping[str, Any], also: Mapping[str, Collection[str]] = _NOTHING
) -> Names:
    """What the ids of an answer are called, and by kind some that it does not name; as of its position."""
    named, language = answer.get("names", _NOTHING), language_asked()
    as_of, time_zone = str(answer["position"]), client.zone(dossier).key
    found: dict[str, dict[str, str]] = {}
    apart = {**named.get("apart", _NOTHING)}
    for kind in _KINDS:
        told = named.get(kind, _NOTHING)
        items = dict(_items(client, dossier, kind, {*told, *also.get(kind, ())}, as_of))
        here = {id_: called(item, language, answer.get("at"), time_zone) for id_, item in items.items()}
        found[kind] = {**told, **here}
        if marks := told_apart({id_: {**items.get(id_, _NOTHING), "name": name} for id_, name in found[kind].items()}):
            apart[kind] = marks
    words, incidents = named.get("words", _NOTHING), named.get("incidents", _NOTHING)
    actors, places, sources = (found[kind] for kind in _KINDS)
    return Names(actors, places, sources, words, language, apart=apart, incidents=incidents)


def _items(
    client: Client, dossier: str, kind: str, ids: Collection[str], as_of: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each of these that is there: few are asked for one by one, of more the list is read as far as they are in it."""
    left, few, cursor = set(ids), FEW, None
    while len(left) > few:
        page = _page(client, path_of("dossiers", dossier, kind), as_of, cursor)
        found = {item["id"]: item for item in page["items"] if item["id"] in left}
        yield from found.items()
        left -= found.keys()
        few, cursor = FEW_OF_MANY, page["next"]
        if cursor is None:
            return
    for id_ in sorted(left):
        try:
            yield id_, client.get(path_of("dossiers", dossier, kind, id_), as_of=as_of)
        except Refused:
            # It goes by the name that the answer has.
            continue


@lru_cache(maxsize=16)
def _page(client: Client, path: str, as_of: str, cursor: str | None) -> Mapping[str, Any]:
    """Of a list at a position, which is the same for every page of an answer."""
    page: Mapping[str, Any] = client.get(path, limit=1000, as_of=as_of, cursor=cursor)
    return page
