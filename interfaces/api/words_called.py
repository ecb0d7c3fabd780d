"""Words of open lists by what they are called: by a label of the dossier's, or as the house says them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fastapi import Request

from application.reading import Reading
from domain.fields import SLUG
from domain.known import UnknownReference
from domain.labels import labels_of
from domain.namesakes import MOST_NEAR, folded, much_alike
from infrastructure.read_models.dossiers import dossier_as_of
from interfaces.api.access import system_of
from interfaces.api.named_items import WORDS, AmbiguousName, Ids, Word, with_near
from interfaces.messages.wording import WORDINGS


def labels_in_query(request: Request) -> list[Word]:
    """What stands where a question has a word, and is none."""
    query = request.query_params
    said = [Word(name, name, text) for name in WORDS for text in query.getlist(name) if not SLUG.fullmatch(text)]
    return said + [each for text in query.getlist("dimension") for each in _of_dimension("dimension", text)]


def labels_in_topic(text: str, items: Iterable[str], name: str = "topic") -> list[Word]:
    """The same of the parts of a topic that nobody has read yet; `items` are the parts that name items."""
    parts = [(said, *said.partition(":")[::2]) for said in text.split(",")[2:]]
    found: list[Word] = []
    for said, part, called in parts:
        if part in WORDS and called and not SLUG.fullmatch(called):
            found.append(Word(name, part, called))
        elif part not in WORDS and part not in items:
            found += _of_dimension(name, said)
    return found


def both_ids(one: Ids, other: Ids) -> Ids:
    return {name: {**one.get(name, {}), **other.get(name, {})} for name in (*one, *other)}


def _of_dimension(name: str, text: str) -> Iterator[Word]:
    part, colon, word = text.partition(":")
    if colon and part and word and not (SLUG.fullmatch(part) and SLUG.fullmatch(word)):
        yield Word(name, part, word)


async def words_called(request: Request, reading: Reading, said: Sequence[Word]) -> Ids:
    """Which words the labels stand for, as of the reading. What may be a word is taken for one, and not looked for.

    Raises:
        UnknownReference: nothing is called so; with the words that are called much like it.
        AmbiguousName: several words are.
    """
    if not said:
        return {}
    async with system_of(request).engine.connect() as connection:
        home = await dossier_as_of(connection, reading)
    labelled = labels_of(home) if home is not None else {}
    ids: dict[str, dict[str, str]] = {}
    for one in said:
        try:
            written, meant = _as_written(one, labelled, reading)
        except UnknownReference:
            # Of a topic it is told what stands in one.
            if one.name == "topic":
                continue
            raise
        ids.setdefault(one.name, {})[written] = meant
    return ids


def _as_written(one: Word, labelled: Mapping[str, Any], reading: Reading) -> tuple[str, str]:
    """What stands in the question, and what is meant by it."""
    if one.part in WORDS:
        meant = _meant(one.part, one.word, labelled, one, reading)
        return (one.word, meant) if one.name == one.part else (f"{one.part}:{one.word}", f"{one.part}:{meant}")
    parts = (("dimension", one.part), ("value", one.word))
    named = (text if SLUG.fullmatch(text) else _meant(sort, text, labelled, one, reading) for sort, text in parts)
    return f"{one.part}:{one.word}", ":".join(named)


def _meant(sort: str, text: str, labelled: Mapping[str, Any], said: Word, reading: Reading) -> str:
    """The only word of a sort that is called so."""
    called: dict[str, list[str]] = {}
    for word, label in _labels(sort, labelled.get(sort, {})):
        found = called.setdefault(folded(label), [])
        if word not in found:
            found.append(word)
    words = called.get(folded(text), [])
    if len(words) == 1:
        return words[0]
    place: dict[str, Any] = {"parameter": said.name, "kind": sort, "id": text}
    if words:
        some = ", ".join(words[:10])
        raise AmbiguousName(f"several {sort}s are called {text[:100]!r}: {some}. Name one", near=words[:10], **place)
    near = list(dict.fromkeys(word for each in much_alike(folded(text), called) for word in called[each]))[:MOST_NEAR]
    none = f"no {sort} of dossier {reading.dossier_id!r} is called {text[:100]!r}"
    if near:
        place["near"] = near
    raise UnknownReference(with_near(none, near), **place)


def _labels(sort: str, own: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """What the words of a sort are told as, each with its word; a label of the dossier goes before the house's."""
    yield from ((word, label) for word, labels in own.items() for label in labels.values())
    for wording in WORDINGS.values():
        house = {"group": wording.groups, "cause": wording.causes}.get(sort, {})
        yield from ((word, label) for word, label in house.items() if word not in own)
