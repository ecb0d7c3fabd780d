"""The register of persons as answers tell it: what is known of each, and how many there are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NotRequired

from typing_extensions import TypedDict

from domain.person import Sex, WhatBecame
from domain.persons_known import Befallen, Civilian, FateKnown, KnownPerson, YesOrNo
from domain.sealable import as_given


class KnownTold(TypedDict):
    """What is known of somebody by the clocks, with what was merged into the person.

    `or_else`: other fates that may be the last as well, since no date tells the order, it is not certain that one had
    befallen them by `at`, or one is told of after a death.
    `holds`, if you asked with `at`: whether `fate` had befallen them by then.
    `fates`: what befell them, of what was asked about, as far as it is known; what was merged into the person last. One
    without a time of its own is taken to have been when its incident was (`when_of_incident`).
    `named_by`: the claims in force that name them. An age lies from `age_low` to `age_high`, where those are known.
    """

    fate: WhatBecame
    or_else: list[WhatBecame]
    fates: list[FateKnown]
    civilian: Civilian
    sex: Sex | None
    age_low: int | None
    age_high: int | None
    child: YesOrNo
    woman: YesOrNo
    named_by: list[str]
    holds: NotRequired[Befallen]


class Split(TypedDict):
    """Of how many it is known, of how many not. What is unknown is in neither of the others."""

    yes: int
    no: int
    unknown: int


class SplitOfStatus(Split):
    """`disputed`: said to have been a civilian, and said not to have been."""

    disputed: int


class CountOfFate(TypedDict):
    """So many persons of the list, of whom so many have a name. `women` are grown up, `children` are under 18.

    `in_doubt`: of how many of them another fate is told that may be the last as well. `possible`: of how many it is not
    certain that it had befallen them by `at`.
    """

    fate: WhatBecame
    persons: int
    named: int
    in_doubt: int
    possible: int
    civilians: SplitOfStatus
    women: Split
    children: Split


class PersonsCounted(TypedDict):
    """A count from the list of persons. It stands beside figures and is never added to them.

    `without_claims`: of `persons`, those whom no claim in force names. `not_reported`: not counted, since no claim
    that tells of them was out by the cut-off, or is in force.
    """

    persons: int
    fates: list[CountOfFate]
    without_claims: int
    not_reported: int


def told_known(known: KnownPerson) -> KnownTold:
    fates: Any = [as_given(fate, defaults=True) for fate in known.fates]
    told: KnownTold = {
        "fate": known.fate,
        "or_else": list(known.or_else),
        "fates": fates,
        "civilian": known.civilian,
        "sex": known.sex,
        "age_low": known.age_low,
        "age_high": known.age_high,
        "child": known.child,
        "woman": known.woman,
        "named_by": list(known.named_by),
    }
    if known.holds is not None:
        told["holds"] = known.holds
    return told


def counted(known: Sequence[KnownPerson], not_reported: int) -> PersonsCounted:
    by_fate: dict[WhatBecame, list[KnownPerson]] = {}
    for one in known:
        by_fate.setdefault(one.fate, []).append(one)
    return {
        "persons": len(known),
        "fates": [_count(fate, by_fate[fate]) for fate in sorted(by_fate)],
        "without_claims": sum(not one.named_by for one in known),
        "not_reported": not_reported,
    }


def _count(fate: WhatBecame, persons: Sequence[KnownPerson]) -> CountOfFate:
    civilians = Counter(one.civilian for one in persons)
    return {
        "fate": fate,
        "persons": len(persons),
        "named": sum(one.named for one in persons),
        "in_doubt": sum(bool(one.or_else) for one in persons),
        "possible": sum(one.holds in ("possible", "undated") for one in persons),
        "civilians": {
            "yes": civilians["yes"],
            "no": civilians["no"],
            "disputed": civilians["disputed"],
            "unknown": civilians["unknown"],
        },
        "women": _split(one.woman for one in persons),
        "children": _split(one.child for one in persons),
    }


def _split(said: Iterable[YesOrNo]) -> Split:
    found = Counter(said)
    return {"yes": found["yes"], "no": found["no"], "unknown": found["unknown"]}
