"""From what something is taken, and whether that still stands. It decides no number: who reads it is told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from domain.content import Content, Control, Figure, Occurrence
from domain.topic import topic_of
from domain.when import Span
from domain.words import range_of

How = Literal["derived_from", "credits", "rests_on"]
Gone = Literal["withdrawn", "discredited", "retracted", "revised"]


class End(NamedTuple):
    """Why something stands no more: of a report as a whole, or of a `claim` alone.

    `report` is the one in which it was taken back or said otherwise; `when` is when that came out, or when its
    publisher took it back, as it was given.
    """

    why: Gone
    report: str | None = None
    when: str | None = None
    claim: str | None = None


class TakenFrom(NamedTuple):
    """A report that something derives from or rests on, or a source that it credits (`id`); and why that is gone.

    `published`: of a report, as it was given.
    """

    how: How
    id: str
    published: str | None
    gone: End | None


class Original(NamedTuple):
    """A report from which something may be taken: from what it is taken itself, and why it is gone."""

    derived_from: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    published: str | None = None
    gone: End | None = None


class Saying(NamedTuple):
    """What a claim says, or had said in some report."""

    claim: str
    content: Content
    so: Span | None


class SaidThere(NamedTuple):
    """What was said in a report, or by a source. `now` is what its claim says since, in the report that `since` names,
    and `gone` why it does not stand.
    """

    then: Saying
    now: Content
    since: End
    gone: End | None


ClaimGone = Callable[[How, str], End | None]


def taken_from(
    report: str,
    rests_on: Sequence[str],
    reports: Mapping[str, Original],
    claimant: str | None = None,
    claim_gone: ClaimGone = lambda *_: None,
) -> list[TakenFrom]:
    """From what is taken that is said in a report: all that is named; of that from which it is taken what is gone.

    So too of a source that is credited with its own word, as `claimant`. `reports`: those that are named, at any
    remove. `claim_gone`: why what was said in a report, or by a source, is.
    """
    said_in = reports.get(report, Original())
    named: tuple[tuple[How, Sequence[str]], ...] = (("derived_from", said_in.derived_from), ("rests_on", rests_on))
    found: list[TakenFrom] = []
    for how, begun in named:
        for id_ in _all_from(begun, report, reports):
            original = reports.get(id_, Original())
            gone = original.gone or claim_gone(how, id_)
            if gone is not None or id_ in begun:
                found.append(TakenFrom(how, id_, original.published, gone))
    credited = [TakenFrom("credits", id_, None, claim_gone("credits", id_)) for id_ in said_in.credits]
    return found + [one for one in credited if one.gone is not None or one.id != claimant]


def _all_from(begun: Sequence[str], report: str, reports: Mapping[str, Original]) -> list[str]:
    """Nearest first. Of two that are one, one may have been held to derive from the other."""
    found = [id_ for id_ in dict.fromkeys(begun) if id_ != report]
    for id_ in found:
        found += [one for one in reports.get(id_, Original()).derived_from if one not in found and one != report]
    return found


def claim_gone(copy: Saying, told: Iterable[SaidThere]) -> End | None:
    """Why what a claim says is gone where it may be taken from: nobody who said so there says it now."""
    same = [one for one in told if one.then.claim != copy.claim and _may_be_same(copy, one.then)]
    ends = [
        one.gone or (None if _says_so(copy.content, one.now) else one.since._replace(claim=one.then.claim))
        for one in sorted(same, key=lambda one: one.then.claim)
    ]
    return ends[0] if ends and None not in ends else None


def _may_be_same(copy: Saying, other: Saying) -> bool:
    return _may_meet(copy.so, other.so) and _says_so(copy.content, other.content)


def _may_meet(one: Span | None, other: Span | None) -> bool:
    """What is undated may have been at any time."""
    if one is None or other is None:
        return True
    return one.earliest_start <= other.latest_end and other.earliest_start <= one.latest_end


def _says_so(copy: Content, other: Content) -> bool:
    """Whether both may say one thing of one place: a number that meets the other, who holds it, what happened there.

    By whom something was done and how may be left unsaid. Of what somebody said nobody knows whether it is the same.
    """
    if copy.place != other.place:
        return False
    match copy, other:
        case Figure(), Figure():
            mine, theirs = topic_of(copy), topic_of(other)
            if not all(
                None in pair or pair[0] == pair[1] for pair in ((mine.by, theirs.by), (mine.cause, theirs.cause))
            ):
                return False
            if mine._replace(by=None, cause=None) != theirs._replace(by=None, cause=None):
                return False
            one, another = range_of(copy), range_of(other)
            return one is not None and another is not None and one.meets(another)
        case Control(), Control():
            return (copy.status, copy.actor) == (other.status, other.actor)
        case Occurrence(), Occurrence():
            return copy.type == other.type
        case _:
            return False
