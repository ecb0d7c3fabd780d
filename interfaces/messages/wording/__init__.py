"""What the house's words are called in each language: all of its wording, in one place per language."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import get_args

from interfaces.messages.wording.form import Language, Wording

__all__ = ["LANGUAGES", "WORDINGS", "Language", "Wording", "wording", "wording_in"]

LANGUAGES: tuple[Language, ...] = get_args(Language)


class _Wordings(Mapping[Language, Wording]):
    """Each is loaded when it is first asked for: a command tells its answer in one of them."""

    def __getitem__(self, language: Language) -> Wording:
        if language not in LANGUAGES:
            raise KeyError(language)
        return _loaded(language)

    def __iter__(self) -> Iterator[Language]:
        return iter(LANGUAGES)

    def __len__(self) -> int:
        return len(LANGUAGES)


@cache
def _loaded(language: Language) -> Wording:
    held: Wording = import_module(f"{__name__}.{language}").WORDING
    return held


WORDINGS: Mapping[Language, Wording] = _Wordings()


def wording_in(language: str) -> Wording | None:
    """That of a language: `nl`, or `nl-BE`, which reads the same; None of one that there is no wording in."""
    first = language.replace("_", "-").partition("-")[0].lower()
    return next((WORDINGS[each] for each in LANGUAGES if each == first), None)


def wording(language: str) -> Wording:
    """The same; of one that there is no wording in, English."""
    return wording_in(language) or WORDINGS["en"]
