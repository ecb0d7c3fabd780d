"""What there is to say in every language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from babel import Locale
from babel.numbers import format_decimal

Language = Literal["en", "nl", "ar"]


def in_few_digits(value: int | float) -> int | float:
    """A number as people write it: 0.3 and not 0.30000000000000004, 3 and not 3.0, and no zero below zero."""
    if isinstance(value, int) or value.is_integer():
        return int(value)
    return float(f"{value:.12g}")


@dataclass(frozen=True)
class Wording:
    """Each mapping is by the house's own words, and whole: a test says so.

    `locale` is how numbers and dates are written, as the CLDR has it. `numbers` are what qualifiers and magnitudes make
    of a number, `{}` where it stands, and `{low}`, `{high}` of two. `groups` are those of which it is known how several
    are said: any word may be one; and so `causes`, beside `types`, of what people died from and by which means.
    `dates` are what stands around a date, and seasons and marks as EDTF writes them.
    `counts` are things that are counted, by the plural forms that the CLDR has of the language. `phrases` are said of
    claims, `sentences` and `headlines` of corrections, by type of event, `fields` of what a field of an item is called.
    `fates` are said of one person, `fates_of_many` of a number of them, and `by_sex` has those of `fates` and `answers`
    that a language says otherwise of a woman or a man; what is not in it is of anybody, also of whom that is not known.
    `holds` are how much of a place a holder has, and what stands between holders. `answers` are what answers are laid
    out with on a terminal, `accounts` what somebody did, by type of event.
    """

    language: Language
    locale: str
    right_to_left: bool
    kinds: Mapping[str, str]
    measures: Mapping[str, str]
    units: Mapping[str, str]
    groups: Mapping[str, str]
    causes: Mapping[str, str]
    numbers: Mapping[str, str]
    figures: Mapping[str, str]
    control: Mapping[str, str]
    holds: Mapping[str, str]
    parts: Mapping[str, str]
    joint: str
    last_joint: str
    semicolon: str
    dates: Mapping[str, str]
    states: Mapping[str, str]
    extents: Mapping[str, str]
    sides: Mapping[str, str]
    types: Mapping[str, str]
    roles: Mapping[str, str]
    natures: Mapping[str, str]
    hedges: Mapping[str, str]
    counts: Mapping[str, Mapping[str, str]]
    phrases: Mapping[str, str]
    grades: Mapping[str, str]
    fates: Mapping[str, str]
    fates_of_many: Mapping[str, str]
    by_sex: Mapping[str, Mapping[str, str]]
    families: Mapping[str, str]
    headlines: Mapping[str, str]
    answers: Mapping[str, str]
    accounts: Mapping[str, str]
    sentences: Mapping[str, str]
    fields: Mapping[str, str]

    def put(self, answer: str, *given: object, **named: object) -> str:
        """What an answer is laid out with, with what stands in it."""
        return self.answers[answer].format(*given, **named)

    def number(self, value: int | float) -> str:
        return format_decimal(in_few_digits(value), locale=self.locale, decimal_quantization=False)

    def decimal(self, value: float) -> str:
        """With one digit behind the point, also where that is 0."""
        return format_decimal(value, "#,##0.0", locale=self.locale)

    def counted(self, thing: str, value: int | float, number: str | None = None) -> str:
        """So many of a thing, in the form that the language has for that number: `2 stemmen`, `صوتان`."""
        forms = self.counts[thing]
        form = str(Locale.parse(self.locale).plural_form(value))
        return forms.get(form, forms["other"]).format(self.number(value) if number is None else number)

    def joined(self, words: Iterable[str]) -> str:
        """`a`, `a en b`, `a, b en c`."""
        *rest, end = [*words] or [""]
        return f"{self.joint.join(rest)}{self.last_joint}{end}" if rest else end
