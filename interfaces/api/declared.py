"""The words that a question has where the house has a list, and a dossier may have declared more."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from fastapi import Request

from application.stream_kinds import STREAM_KINDS
from application.watch import EventFilter, FiguresOfTopic, Watch
from domain.dossier import Dossier
from domain.estimate import MEASURES
from domain.events import EVENT_TYPES
from domain.fields import NotInVocabulary, StreamRef
from domain.topic import NotATopic, Topic, parse_topic
from domain.vocabulary import HOUSE, HOUSES, OwnWord, Vocabulary
from interfaces.api.access import system_of
from interfaces.bootstrap import System


class Given(NamedTuple):
    """A word that is none of the house's; `name` is the parameter, or the field of the body, that holds it."""

    name: str
    own: OwnWord


def own_words_in_query(request: Request) -> Iterator[Given]:
    for sort, house in HOUSES.items():
        for word in request.query_params.getlist(sort):
            # Of events it is the type of event.
            if word not in house and word not in EVENT_TYPES:
                yield Given(sort, OwnWord(sort, word))


def own_words_in_topic(topic: Topic, name: str = "topic") -> Iterator[Given]:
    for sort, word in (("measure", topic.measure), ("unit", topic.unit)):
        if word not in HOUSES[sort]:
            yield Given(name, OwnWord(sort, word))


def own_words_in_watch(watch: Watch, prefix: str = "") -> Iterator[Given]:
    """By fields of the watch, below `prefix`."""
    below = f"{prefix}." if prefix else ""
    match watch:
        case EventFilter():
            for word in watch.measure:
                if word not in HOUSES["measure"]:
                    yield Given(f"{below}measure", OwnWord("measure", word))
        case FiguresOfTopic():
            name = f"{below}topic"
            yield from own_words_in_topic(parse_topic(watch.topic, field=name), name)
        case _:
            pass


async def topic_asked(system: System, dossier_id: str, text: str) -> Topic:
    """A topic from its written form.

    Raises:
        NotATopic: with the measures of the dossier beside the house's.
    """
    try:
        return parse_topic(text)
    except NotATopic:
        return parse_topic(text, measures=(await vocabulary_of(system, dossier_id)).measures)


async def vocabulary_of(system: System, dossier_id: str) -> Vocabulary:
    """The house's words and all that the dossier ever declared, so that an answer as of a position stays the same."""
    home = StreamRef("dossier", dossier_id)
    held: Dossier | None = None
    for recorded in (await system.log.streams(dossier_id, [home]))[home]:
        held = STREAM_KINDS["dossier"].evolve(held, recorded.event)
    return HOUSE if held is None else held.once


async def refuse_undeclared(system: System, dossier_id: str, words: Iterable[Given], *, in_body: bool = False) -> None:
    """A word that the dossier never declared is misspelt: it would find nothing, and be waited for in vain.

    Raises:
        NotInVocabulary: with the parameter or field, and the words that are spelt much like it.
    """
    words = list(words)
    if not words:
        return
    vocabulary = await vocabulary_of(system, dossier_id)
    for one in words:
        try:
            vocabulary.require(*one.own)
        except NotInVocabulary as refusal:
            place = {"field": one.name} if in_body else {"parameter": one.name}
            raise NotInVocabulary(refusal.message, **place, **refusal.details) from None


async def first_unit(request: Request, dossier_id: str, measure: str | None) -> str | None:
    """The unit that is meant where a measure is named alone."""
    if measure is None:
        return None
    kind = MEASURES.get(measure) or (await vocabulary_of(system_of(request), dossier_id)).kind_of(measure)
    return kind.units[0]
