from typing import Any

from domain import claim
from domain.claim import ClaimRecorded, ClaimRevised
from domain.content import Figure, figure_identity
from domain.report import ReportDetails, ReportFiled
from domain.second_looks import ToldFigure, figures_told
from tests.domain.given import fold


def figure(**more: Any) -> Figure:
    return Figure.model_validate(
        {"kind": "figure", "measure": "killed", "unit": "people", "best": 5, "qualifier": "stated"} | more
    )


def test_a_figure_is_the_same_whatever_its_words_and_however_sure_the_recorder() -> None:
    same = figure_identity(figure(place="hajin", via=["reuters"]))
    beside = {"original": "five", "note": "p. 3", "hedge": "possible", "inferred": ["place"], "coded": {"a": 1}}
    assert figure_identity(figure(place="hajin", via=["reuters"], **beside)) == same
    others: list[dict[str, Any]] = [{}, {"place": "hajin"}, {"cause": "hajin", "via": ["reuters"]}]
    others += [{"place": "hajin", "via": ["reuters"], **more} for more in ({"qualifier": "about"}, {"when": "2018"})]
    assert same not in {figure_identity(figure(**other)) for other in others}


def test_the_identity_of_a_figure_is_stored_and_stays() -> None:
    assert figure_identity(figure(place="hajin")) == "dab13241c6ce34311d42ee07caf59668"


def test_the_figures_told_are_those_that_were_recorded_or_revised() -> None:
    events = [
        ClaimRecorded(report="oct", content=figure()),
        ClaimRevised(statement=2, after=1, report="nov", set={"best": 6}),
    ]
    state = fold(claim, events)
    told = [ToldFigure("oct", figure_identity(figure())), ToldFigure("nov", figure_identity(figure(best=6)))]
    assert list(figures_told(state, events)) == told
    assert list(figures_told(None, [ReportFiled(details=ReportDetails(label="A day", published="2018"))])) == []
