"""In which language sentences are told: the best of those that `Accept-Language` takes (RFC 9110, 12.5.4)."""

import re
from collections.abc import Iterator, Mapping

from fastapi import Request

from interfaces.messages.wording import LANGUAGES, Language, wording_in

# Where nothing else is asked for, and where nothing that is asked for is there.
ELSE: Language = "en"
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII | re.IGNORECASE)


def language_of(request: Request) -> Language:
    return best_language(",".join(request.headers.getlist("accept-language")))


def told_in(language: Language) -> dict[str, str]:
    """The headers of an answer that would have had other words in another language."""
    return {"Content-Language": language, "Vary": "Accept-Language"}


def best_language(accepted: str) -> Language:
    """`nl, en;q=0.5` is Dutch. Of those that are taken alike the first; what is weighed by 0 is not taken."""
    weights, rest = dict[Language, float](), None
    for range_, weight in _ranges(accepted):
        held = wording_in(range_)
        if range_ == "*":
            rest = weight if rest is None else rest
        elif held is not None:
            # `nl-BE` reads as `nl` does. What is said twice holds as it is said first, but that nothing undoes a 0.
            weights[held.language] = 0.0 if weight == 0 else weights.get(held.language, weight)
    by_weight: Mapping[Language, float] = weights if rest is None else {**weights, **_others(weights, rest)}
    best = max(by_weight.values(), default=0.0)
    return ELSE if best == 0 else next(name for name, weight in by_weight.items() if weight == best)


def _others(weights: Mapping[Language, float], rest: float) -> dict[Language, float]:
    """Those that are not named, as `*` has them: English first."""
    return {name: rest for name in sorted(LANGUAGES, key=lambda name: name != ELSE) if name not in weights}


def _ranges(accepted: str) -> Iterator[tuple[str, float]]:
    """Each range with its weight; one that is malformed takes nothing."""
    for part in accepted.split(","):
        range_, *parameters = (each.strip() for each in part.split(";"))
        if not parameters:
            yield range_, 1.0
        elif len(parameters) == 1 and (weight := _WEIGHT.fullmatch(parameters[0])):
            yield range_, float(weight[1])
