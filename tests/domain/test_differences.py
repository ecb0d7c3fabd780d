"""What is told of something that is there already, and otherwise."""

from domain.claim import ClaimRecorded, ClaimRelated
from domain.content import Figure
from domain.differences import differences
from domain.source import SourceDetails, SourceRegistered


def recorded(best: int, **more: str) -> ClaimRecorded:
    content = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "best": best, **more}
    return ClaimRecorded(report="r1", content=Figure.model_validate(content))


def test_the_same_differs_in_nothing() -> None:
    assert differences([recorded(5)], [recorded(5)]) == []


def test_each_field_of_what_was_said_is_told_by_itself() -> None:
    assert differences([recorded(5, place="hajin")], [recorded(7, note="by phone")]) == [
        {"field": "best", "recorded": 5, "given": 7},
        {"field": "note", "recorded": None, "given": "by phone"},
        {"field": "place", "recorded": "hajin", "given": None},
    ]


def test_personal_words_are_told_as_text() -> None:
    old, new = (
        SourceRegistered(details=SourceDetails.model_validate({"name": name, "kind": "monitor"}))
        for name in ("SOHR", "SDF")
    )
    assert differences([old], [new]) == [{"field": "name", "recorded": "SOHR", "given": "SDF"}]


def test_what_nothing_recorded_stands_for_is_told_whole() -> None:
    related = ClaimRelated(relation="disputes", to=["c2"])
    assert differences([recorded(5)], [recorded(5), related]) == [
        {"field": "claim.related", "recorded": None, "given": {"relation": "disputes", "to": ["c2"]}}
    ]
