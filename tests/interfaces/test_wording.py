"""The house's words in every language: none is missing, none is of another list, none says two things."""

import re
from typing import get_args

import pytest
from babel import Locale
from pydantic import BaseModel

from domain import control, figures
from domain.actor import ActorDetails
from domain.assessment import AssessmentDetails, Grade
from domain.claim import Credibility
from domain.content import CONTENTS, KINDS, ControlStatus, Extent, Hedge, Nature, Role, Side
from domain.dossier import DossierDetails
from domain.estimate import MEASURES, UNITS, Magnitude, Qualifier
from domain.families import FAMILIES, Family
from domain.incident import IncidentDetails
from domain.person import CivilianStatus, PersonDetails, Sex, WhatBecame
from domain.place import PlaceDetails
from domain.report import ReportDetails
from domain.source import Reliability, SourceDetails
from domain.statements import ChangedBy
from domain.vocabulary import OCCURRENCE_TYPES
from interfaces.messages.wording import LANGUAGES, WORDINGS, Language, wording
from interfaces.messages.words import GROUPS, KINDS_OF_PEOPLE
from tests.interfaces.test_every_kind import FIRST_WORDS, SAID_BESIDES

DETAILS = (ActorDetails, AssessmentDetails, DossierDetails, IncidentDetails, PersonDetails, PlaceDetails, ReportDetails,
           SourceDetails)  # fmt: skip
MODELS: tuple[type[BaseModel], ...] = (*CONTENTS, *DETAILS)
# Every field that a correction may change.
FIELDS = {name for model in MODELS for name in model.model_fields} | {"report"}
WORDS = {
    "kinds": KINDS,
    "measures": tuple(MEASURES),
    "units": UNITS,
    "groups": (*GROUPS, *KINDS_OF_PEOPLE),
    "numbers": (*(each for each in get_args(Qualifier) if each != "vague"), *get_args(Magnitude)),
    "figures": get_args(figures.Verdict),
    "control": get_args(control.Verdict),
    "parts": ("subject", "group", "by", "cause", "place", "incident"),
    "states": get_args(ControlStatus),
    "sides": get_args(Side),
    "types": OCCURRENCE_TYPES,
    "natures": get_args(Nature),
    "hedges": get_args(Hedge),
}
# Of these two may read the same.
OTHER_WORDS = {
    "extents": get_args(Extent),
    "roles": get_args(Role),
    "grades": tuple(map(str, (*get_args(Credibility), *get_args(Reliability), *get_args(Grade)))),
    "fates": (*get_args(WhatBecame), *get_args(CivilianStatus), "incident", "place", "when", "when_of_incident",
              "claim"),
    "fates_of_many": get_args(WhatBecame),
    "families": (*(each for each in get_args(Family) if each != "world"), "incomplete", "first_judgement",
                 *(f"{how}_by_{who}" for how in ("source", "dropped")
                   for who in (*get_args(ChangedBy), "named", "nobody"))),
    "headlines": (*(type_ for type_, family in FAMILIES.items() if family != "world" and type_ not in FIRST_WORDS),
                  *SAID_BESIDES),
    "fields": FIELDS,
    **{name: tuple(getattr(WORDINGS["en"], name))
       for name in ("causes", "dates", "counts", "phrases", "answers", "accounts", "sentences")},
}  # fmt: skip
# What stands in a sentence: `{}` in order, and by name.
STANDS_IN = re.compile(r"{\w*}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", WORDS)
def test_every_word_has_a_wording_in_every_language(language: Language, words: str) -> None:
    held = getattr(WORDINGS[language], words)
    assert set(held) == set(WORDS[words])
    assert all(said.strip() == said and said for said in held.values())
    # Two words that read the same would be told apart by nobody.
    assert len(set(held.values())) == len(held)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", OTHER_WORDS)
def test_everything_else_is_said_in_every_language_with_the_same_in_it(language: Language, words: str) -> None:
    held, english = getattr(WORDINGS[language], words), getattr(WORDINGS["en"], words)
    # In English a field is called by its own name, where that is a word.
    assert set(held) == set(OTHER_WORDS[words]) or (language, words) == ("en", "fields")
    if words == "counts":
        return
    for name, said in held.items():
        assert said.strip()
        assert sorted(STANDS_IN.findall(said)) == sorted(STANDS_IN.findall(english.get(name, ""))), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_otherwise_of_a_woman_or_a_man_is_said_of_anybody_too(language: Language) -> None:
    wording = WORDINGS[language]
    of_anybody = {**wording.answers, **wording.fates}
    assert set(wording.by_sex) <= set(get_args(Sex))
    for held in wording.by_sex.values():
        assert held.keys() == wording.by_sex["female"].keys()
        for word, said in held.items():
            assert STANDS_IN.findall(said) == STANDS_IN.findall(of_anybody[word])
    assert not set(wording.answers) & set(wording.fates) - {"when"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_count_has_every_form_that_the_language_has(language: Language) -> None:
    """A form that is not said is that of any other number; those of few and many differ in Arabic."""
    wording = WORDINGS[language]
    known = {str(Locale.parse(wording.locale).plural_form(number)) for number in range(200)}
    for forms in wording.counts.values():
        assert "other" in forms
        assert set(forms) <= known
    assert [WORDINGS["ar"].counted("voices", number) for number in (0, 1, 2, 3, 11, 100, 103)] == [
        "لا صوت", "صوت واحد", "صوتان", "3 أصوات", "11 صوتًا", "100 صوت", "103 أصوات",
    ]  # fmt: skip
    assert [WORDINGS["nl"].counted("voices", number) for number in (1, 2, 1200)] == [
        "1 stem",
        "2 stemmen",
        "1.200 stemmen",
    ]


def test_what_is_counted_has_all_six_forms_in_arabic() -> None:
    english, arabic = WORDINGS["en"].counts, WORDINGS["ar"].counts
    # Units stand behind numbers that are told already; of these some forms read the same.
    nouns = set(english) - {"people", "families", "buildings", "km2", "percent", "unattributed", "years_old"}
    six = {"zero", "one", "two", "few", "many", "other"}
    assert "incidents" in nouns
    assert [name for name in nouns if set(arabic[name]) != six] == []


@pytest.mark.parametrize("language", ["nl", "ar"])
def test_what_answers_are_laid_out_with_is_translated(language: Language) -> None:
    english, there = WORDINGS["en"], WORDINGS[language]
    alike = {
        name for name, said in english.answers.items()
        if there.answers[name] == said and re.search(r"[a-z]{2}", STANDS_IN.sub("", said))
    }  # fmt: skip
    # Words that Dutch has too.
    same = {"column_claim", "column_id", "column_in", "column_incident", "column_events", "claims", "in_named_report",
            "in_incident", "kind_journalist", "kind_dataset", "kind_ngo", "kind_adm1", "kind_adm2", "kind_adm3",
            "kind_adm4", "item_claim", "item_incident", "item_dossier", "some_claim", "some_incident",
            "some_dossier", "field_claims"}  # fmt: skip
    assert alike <= (same if language == "nl" else set())
    assert [name for name, said in english.accounts.items() if there.accounts[name] == said] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_left_unsaid_is_completed_where_it_would_be_corrected(language: Language) -> None:
    wording = WORDINGS[language]
    for type_, said in wording.headlines.items():
        assert said.startswith(wording.sentences["corrected"]) == (
            type_.endswith(".corrected") or type_ == "dossier.described"
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_stands_where_the_same_words_have_it_in_english(language: Language) -> None:
    for word, said in WORDINGS["en"].numbers.items():
        there = WORDINGS[language].numbers[word]
        assert [there.count(place) for place in ("{}", "{low}", "{high}")] == [
            said.count(place) for place in ("{}", "{low}", "{high}")
        ]


def test_numbers_are_written_as_a_language_has_them() -> None:
    written = [WORDINGS[language].number(1234567.5) for language in LANGUAGES]
    assert written == ["1,234,567.5", "1.234.567,5", "1,234,567.5"]


def test_a_language_is_known_by_its_first_part_and_else_it_is_english() -> None:
    asked = ["nl", "nl-BE", "NL_nl", "ar", "ar-SY", "fr", ""]
    assert [wording(each).language for each in asked] == ["nl", "nl", "nl", "ar", "ar", "en", "en"]
