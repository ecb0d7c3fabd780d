"""cannot-all-be-right@2 across topics: figures that may count the same, since one leaves unsaid what another says."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from domain.content import Figure, is_period
from domain.contradictions import (
    Contradiction,
    Unsure,
    Word,
    apart_words,
    comparing,
    contradiction,
    disputed,
    lies_within,
    same_period,
    same_time,
    standing_words,
    word,
)
from domain.figures import AtOdds, at_odds
from domain.in_force import InForce
from domain.membership import Windows, lay_within
from domain.set_aside import order, why_aside
from domain.snapshots import Around
from domain.topic import Topic, topic_of
from domain.when import Instant, Span
from domain.words import Range

# Places that are a spot: what happened in one may have happened at a place inside it. Of larger ones a place inside is
# a part.
SPOTS = frozenset({"town", "village", "hamlet", "neighbourhood", "camp", "base", "site"})

_MAY_BE_UNSAID: tuple[Literal["subject", "group", "by", "cause"], ...] = ("subject", "group", "by", "cause")
_ACTORS = ("subject", "by")
# What says one of these counts some of all: a party's dead, the civilians or the children among them are never what
# somebody meant by all that were killed.
_OF_SOME: tuple[Unsure, ...] = ("subject", "group", "dimensions")


class Wholes(NamedTuple):
    """What each place that is compared may have lain in, and each actor have been part of, with the times at which.

    `spots`: which of the places are spots. `incidents`: at which place each incident was that has one.
    """

    places: Mapping[str, Around]
    spots: Collection[str]
    actors: Mapping[str, Mapping[str, Windows]]
    incidents: Mapping[str, str] = {}

    def told_at(self, topic: Topic) -> str | None:
        """Where something was counted: what names no place may be of where its incident was."""
        return topic.place if topic.place or topic.incident is None else self.incidents.get(topic.incident)

    def may_lie(self, inner: str | None, outer: str | None, so: Span | None) -> bool:
        """Whether one place may have lain inside another when something was so there."""
        if inner is None or outer is None:
            return False
        return lay_within(so, self.places.get(inner, {}).get(outer, ()))

    def may_be_part(self, part: str, whole: str, so: Span | None) -> bool:
        """Whether one actor may have been part of another when something was so of it."""
        return lay_within(so, self.actors.get(part, {}).get(whole, ()))

    def may_ever_share(self, one: str, other: str) -> bool:
        """Whether one of two actors may have been part of the other at any time."""
        return other in self.actors.get(one, {}) or one in self.actors.get(other, {})


class _Apart(NamedTuple):
    """In what two figures that may count the same differ, and which of them may be a part of the other."""

    unsure: tuple[Unsure, ...]
    one_is_narrower: bool
    other_is_narrower: bool
    may_be_all_of_it: bool


def may_contradict(
    near: Sequence[Sequence[InForce]], others: Sequence[Sequence[InForce]], wholes: Wholes
) -> list[Contradiction]:
    """Pairs of one of the `near` topics and one of the `others` (claims, by topic) that cannot both be right, if they
    count the same thing. All are of one measure and unit.
    """
    nearby = [said for topic in near for said in standing_words(topic)]
    words = [*nearby, *(said for topic in others for said in standing_words(topic))]
    if not nearby or not words:
        return []
    ids = {said.claim.claim for said in nearby}
    found: dict[tuple[str | None, ...], Contradiction] = {}
    how = comparing()
    for pair in apart_words(words, how):
        one, other = sorted(pair, key=lambda said: order(said.claim))
        if (one.claim.claim in ids) == (other.claim.claim in ids) or disputed(one.claim, other.claim):
            continue
        differ = _apart(one, other, wholes)
        if differ is not None and _contradict(one, other, differ):
            # Of several incidents in each: what explains a pair in one of them is nothing to another.
            key = one.claim.claim, one.claim.incident, other.claim.claim, other.claim.incident
            found.setdefault(key, contradiction(one, other, how, unsure=differ.unsure))
    return sorted(found.values(), key=lambda one: (order(one.one), order(one.other)))


def of_one_incident(claims: Sequence[InForce], at: Instant | None, wholes: Wholes) -> Iterator[Contradiction]:
    """Pairs for which figures of an incident say that voices disagree, and that are of two topics, or of two times.

    `claims`: what is told of it, of one measure, unit, subject, group and dimensions; of any place, party and cause.
    Each topic that can be asked for is looked at, since what it takes in decides what may be about one thing.
    """
    topics = {topic_of(claim.content, claim.incident): None for claim in claims if isinstance(claim.content, Figure)}
    parties, causes = ({None, *(getattr(topic, name) for topic in topics)} for name in ("by", "cause"))
    anywhere = {topic._replace(place=None, by=None, cause=None) for topic in topics}
    topics |= {one._replace(by=by, cause=cause): None for one in anywhere for by in parties for cause in causes}
    for topic in topics:
        said = [
            claim
            for claim in claims
            if isinstance(claim.content, Figure) and topic.takes_in(topic_of(claim.content, claim.incident))
        ]
        yield from unlike(at_odds(said, at), wholes)


def unlike(pairs: Iterable[AtOdds], wholes: Wholes) -> Iterator[Contradiction]:
    """Those of one incident that are of two topics, or of one at two times: `contradictions` has all others."""
    how = comparing()
    for incident, *pair in pairs:
        one, other = sorted(pair, key=lambda said: order(said.claim))
        if incident is None or disputed(one.claim, other.claim):
            continue
        differ = _apart(one, other, wholes)
        unsure = () if differ is None else differ.unsure
        if is_period(one.claim.content) and not same_period(one, other):
            unsure = (*unsure, "when")
        if unsure:
            yield contradiction(one, other, how, unsure=unsure)


def explained(pair: Contradiction, kin: Mapping[str, Sequence[InForce]], wholes: Wholes) -> bool:
    """Whether two that may be about one thing are not, by what one of them is part of, or what is part of it (`kin`).

    "30, of whom 12 women" is at odds with nobody's 30, though the women alone would be: what the other counts is the
    whole, since that differs from it in less. Only a part that is more than the other's is at odds with it anyhow.
    """
    one, other = word(pair.one), word(pair.other)
    differ = _apart(one, other, wholes)
    if differ is None or _part_is_more(one, other, differ):
        return False
    return any(
        why_aside(claim) is None and _is_nearer(word(told), theirs, differ, wholes)
        for mine, theirs in ((one, other), (other, one))
        for claim in kin.get(mine.claim.claim, ())
        if isinstance(claim.content, Figure)
        for told in claim.apart()
    )


def _is_nearer(kin: Word, other: Word, differ: _Apart, wholes: Wholes) -> bool:
    mine, theirs = _topic_of(kin), _topic_of(other)
    if (mine.measure, mine.unit) != (theirs.measure, theirs.unit):
        return False
    nearer = _apart(kin, other, wholes)
    return nearer is not None and set(nearer.unsure) < set(differ.unsure) and same_time(kin, other)


def may_share(one: Topic, other: Topic, wholes: Wholes | None = None) -> bool:
    """Whether figures of two topics may count the same, or the one a part of the other, as far as their topics tell:
    their places may be any, and without `wholes` no actor is part of another.
    """
    for name, first, second in _said_by_each(one, other):
        if first is None or second is None or first == second:
            continue
        if wholes is None or name not in _ACTORS or not wholes.may_ever_share(first, second):
            return False
    return True


def _said_by_each(one: Topic, other: Topic) -> Iterator[tuple[Unsure, str | None, str | None]]:
    """What either of two topics may leave unsaid, with what each says of it."""
    for name in _MAY_BE_UNSAID:
        yield name, getattr(one, name), getattr(other, name)
    mine, theirs = dict(one.dimensions), dict(other.dimensions)
    for own in sorted(mine.keys() | theirs.keys()):
        yield "dimensions", mine.get(own), theirs.get(own)
    yield "incident", one.incident, other.incident


def _apart(one: Word, other: Word, wholes: Wholes) -> _Apart | None:
    """None if they count different things."""
    mine, theirs = _topic_of(one), _topic_of(other)
    unsure: list[Unsure] = []
    narrower = [True, True]
    all_of_it = True
    for name, first, second in _said_by_each(mine, theirs):
        if first == second:
            continue
        parts = second is None, first is None
        if first is not None and second is not None:
            if name not in _ACTORS:
                return None
            parts = wholes.may_be_part(first, second, one.so), wholes.may_be_part(second, first, other.so)
            # Nor is what a part of a party did, or lost, what somebody meant by all of its own.
            all_of_it = False
        if not any(parts):
            return None
        unsure.append(name)
        all_of_it = all_of_it and name not in _OF_SOME
        narrower = [narrower[0] and parts[0], narrower[1] and parts[1]]
    if mine.place != theirs.place:
        here, there = mine.place, theirs.place
        of_one_incident = mine.incident is not None and mine.incident == theirs.incident
        if of_one_incident and None in (here, there):
            lies = there is None, here is None
        else:
            here, there = wholes.told_at(mine), wholes.told_at(theirs)
            same = here is not None and here == there
            lies = same or wholes.may_lie(here, there, one.so), same or wholes.may_lie(there, here, other.so)
            if not any(lies):
                return None
        narrower = [narrower[0] and lies[0], narrower[1] and lies[1]]
        wider = there if lies[0] else here
        all_of_it = all_of_it and (wider is None or here == there or wider in wholes.spots)
        unsure.append("place")
    return _Apart(tuple(dict.fromkeys(unsure)), narrower[0], narrower[1], all_of_it)


def _topic_of(said: Word) -> Topic:
    assert isinstance(said.claim.content, Figure)
    return topic_of(said.claim.content, said.claim.incident)


def _contradict(one: Word, other: Word, differ: _Apart) -> bool:
    """Whether two whose numbers do not meet, or that have more within a period than in all of it, are at odds."""
    part_is_more = _part_is_more(one, other, differ)
    if not is_period(one.claim.content) or same_period(one, other):
        return differ.may_be_all_of_it or part_is_more
    return part_is_more


def _part_is_more(one: Word, other: Word, differ: _Apart) -> bool:
    return (differ.one_is_narrower and _more(one, other)) or (differ.other_is_narrower and _more(other, one))


def _more(part: Word, whole: Word) -> bool:
    """Whether at least so many of a part are more than at most so many of the whole, in its time too."""
    mine, theirs = part.range, whole.range
    assert isinstance(mine, Range)
    assert isinstance(theirs, Range)
    return theirs.high is not None and mine.low > theirs.high and (same_period(part, whole) or _in_time(part, whole))


def _in_time(inner: Word, outer: Word) -> bool:
    if not is_period(inner.claim.content):
        return True
    return inner.so is not None and outer.so is not None and lies_within(inner.so, outer.so)
