"""What was said of a topic and counts for nothing, as far as it bears on a moment."""

from collections.abc import Sequence

from domain.content import is_period
from domain.in_force import InForce
from domain.set_aside import SetAside, in_order, split
from domain.tolls import REACH_OF_DAYS, reach_of
from domain.when import Instant


def aside_then(claims: Sequence[InForce], at: Instant, *, counted: bool, tolls_last: bool) -> tuple[SetAside, ...]:
    """Of one topic what is set aside whatever its time, and may have been so at the moment, or has no date.

    Where nothing is `counted` of it then, also the last that would be last known: of stocks, and of tolls where these
    are (`tolls_last`). A plan is none of these.
    """
    aside = split(claims)[1]
    then = [one for one in aside if one.claim.so is None or one.claim.so.holds_at(at) != "no"]
    if not counted:
        over = [
            (one.claim.so.earliest_start, one)
            for one in aside
            if one.claim.so is not None and one.claim.so.latest_end < at and _lasts(one, tolls_last=tolls_last)
        ]
        last = max((begun for begun, _ in over), default=at)
        then += [one for begun, one in over if begun == last]
    return in_order(then)


def _lasts(one: SetAside, *, tolls_last: bool) -> bool:
    if one.claim.content.hedge == "intended":
        return False
    so = one.claim.so
    return not is_period(one.claim.content) or (tolls_last and so is not None and reach_of(so) > REACH_OF_DAYS)
