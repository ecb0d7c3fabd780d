"""What is worth a second look since it stands beside something else, which is looked for once it is recorded."""

from collections.abc import Iterator, Sequence

from domain.fields import StreamRef
from domain.odd_numbers import Number, Said, how_far, in_digits
from domain.second_looks import SecondLook
from domain.told import Told
from domain.vocabulary import DECLARED_IN, OwnWord


def identical(told: Told, other: str) -> SecondLook:
    """That another claim, `other`, tells the very same: likely the same words, recorded twice."""
    if told.kind == "control":
        said = f"claim {other!r} told of the very same in report {told.report!r}: who, how, where and when"
        return SecondLook("identical_control", said)
    if told.kind == "occurrence":
        said = f"claim {other!r} told of the very same in report {told.report!r}: type, place, actors and time"
        return SecondLook("identical_occurrence", said)
    return SecondLook("identical_figure", f"claim {other!r} gave the very same figure in report {told.report!r}")


def contradicts_itself(told: Told, other: str) -> SecondLook:
    """That another claim, `other`, says of a place what cannot be so beside this one."""
    said = f"claim {other!r} says otherwise of that place and time, in the same voice, in report {told.report!r}"
    return SecondLook(
        "contradicts_itself",
        f"{said}: another holds it, or who holds it is absent. Say which part each holds (`extent`, or a place within "
        "it), or from when",
    )


def several_figures(told: Told, other: str) -> SecondLook:
    """That another claim, `other`, gives another number of the same: no rule can tell which of them is meant."""
    return SecondLook(
        "several_figures",
        f"claim {other!r} gave another number of the same thing and time, in the same voice, in report "
        f"{told.report!r}: where both stand, and tell of one incident or of none, they are ambiguous. Say what tells "
        "them apart (a dimension, group, cause or place), or which is `part_of` which",
    )


def far_from_others(number: Number, nearest: Said) -> SecondLook:
    """That no other number of what may be the same is near."""
    mine, theirs = number.amounts, nearest.number.amounts
    return SecondLook(
        "far_from_others",
        f"{in_digits(mine)} is {how_far(mine, theirs)} the nearest number of what may be the same thing and "
        f"time, {in_digits(theirs)} in claim {nearest.claim!r} of report {nearest.report!r}: is a digit wrong?",
    )


def several_incidents(claim: str, others: Sequence[str]) -> SecondLook:
    """That a claim which was linked to an incident, or told of it alone until a split, tells of `others` too."""
    incidents = f"incident{'s' * (len(others) > 1)} {', '.join(map(repr, others))}"
    return SecondLook(
        "several_incidents",
        f"claim {claim!r} tells of {incidents} too, and counts in each. Merge what is one happening, or take "
        "the claim out of the one that it does not tell of",
        "claims",
    )


def same_person(other: str, alike: str) -> SecondLook:
    """That another entry of the register may be the same person. It tells no name: an id says nothing of anybody."""
    said = f"person {other!r}, of the same incident, {alike}: if it is one person, merge the two"
    return SecondLook("same_person", said)


def same_persons(one: str, other: str, alike: str, more: int) -> SecondLook:
    """That entries of the register may be one person since their incidents are one; `more` of them besides."""
    besides = f"; {more} more of that incident {'is' if more == 1 else 'are'} like another, too" if more else ""
    said = f"person {one!r} {alike} as person {other!r}, and both are of one incident now: if it is one person, "
    return SecondLook("same_person", f"{said}merge the two{besides}")


def in_use(stream: StreamRef, claims: int, items: int) -> SecondLook:
    """That what was retracted is still named by so many claims and other items."""
    parts = [f"{n:,} {one if n == 1 else many}" for n, one, many in _counted(claims, items) if n]
    names = "names" if claims + items == 1 else "name"
    if stream.kind == "report":
        what = "what it was said to say leaves every answer until it is reinstated"
    else:
        what = "they stay as they are, and answers mark it as retracted"
    return SecondLook("still_in_use", f"{' and '.join(parts)} {names} {stream.kind} {stream.id!r}: {what}")


def after_publication(claim: str, date: str, published: str) -> SecondLook:
    """That a claim of a report whose date was corrected tells of a later time."""
    said = f"claim {claim!r} is of {date}, after the report came out ({published})"
    return SecondLook("when_after_publication", said, "set.published")


def word_in_use(own: OwnWord, claims: int, items: int) -> SecondLook:
    """That a word which the dossier does not declare any more is still that of so many claims and other items."""
    parts = [f"{n:,} {one if n == 1 else many}" for n, one, many in _counted(claims, items) if n]
    have = "has" if claims + items == 1 else "have"
    said = f"{' and '.join(parts)} {have} the {own.sort} {own.word!r}, which the dossier does not declare any more"
    message = f"{said}: they stay as they are, and no other can be recorded with it"
    return SecondLook("still_in_use", message, f"set.{DECLARED_IN[own.sort]}")


def _counted(claims: int, items: int) -> Iterator[tuple[int, str, str]]:
    yield claims, "claim", "claims"
    yield items, "other item" if claims else "item", "other items" if claims else "items"
