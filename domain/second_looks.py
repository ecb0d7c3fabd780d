"""What is taken, but worth a second look: the field knows such cases. Asked of every stream's events alike."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from domain import when
from domain.claim import Claim, ClaimCorrected, ClaimRecorded, ClaimRevised, CorrectClaim, ReviseClaim
from domain.content import AS_IT_WAS_SAID, Content, Figure, content_with, figure_identity
from domain.fact import Changes, Command, Fact
from domain.fields import StreamRef
from domain.known import Known
from domain.statements import numbered

SecondLookCode = Literal[
    "revision_before_its_original", "when_after_publication", "identical_figure", "words_fell_away"
]


class SecondLook(NamedTuple):
    """A warning to whoever recorded something: why it may be a mistake."""

    code: SecondLookCode
    message: str
    field: str = ""


class ToldFigure(NamedTuple):
    """That a report holds this figure (`figure_identity`)."""

    report: str
    identity: str


def second_looks(state: Any, command: Command, events: Sequence[Fact], known: Known) -> list[SecondLook]:
    """What a desk should look at twice in what a command is about to record of a stream that stands at `state`."""
    looks = [look for event in events for look in _looks(state, event, known)]
    if isinstance(command, (ReviseClaim, CorrectClaim)):
        looks += dict.fromkeys(look for event in events for look in _fell_away(state, command.set, event))
    return looks


def _fell_away(state: Claim, given: Changes, event: Fact) -> Iterator[SecondLook]:
    """What a revision or a correction takes away that nobody asked to: words of what is not said so any more."""
    match event:
        case ClaimRevised():
            changed = [(event.after, event.set)]
        case ClaimCorrected():
            changed = [(mend.statement, mend.set) for mend in event.mends]
        case _:
            return
    for number, changes in changed:
        before = numbered(state.statements, number, "statement").content
        for name in AS_IT_WAS_SAID:
            if name in changes and name not in given:
                said = (
                    f"`{name}` of statement {number} ({getattr(before, name)}) fell away: it was said with what changed"
                )
                yield SecondLook("words_fell_away", f"{said}; give it anew if it is so still", f"set.{name}")
        if "inferred" in changes and "inferred" not in given:
            gone = [name for name in before.inferred if name not in (changes["inferred"] or ())]
            said = f"`inferred` of statement {number} no longer names {', '.join(gone)}, which changed"
            yield SecondLook("words_fell_away", f"{said}; give it anew if it was concluded", "set.inferred")


def _looks(state: Any, event: Fact, known: Known) -> Iterator[SecondLook]:
    match event:
        case ClaimRecorded():
            yield from _when_after_publication(event.report, event.content, known)
        case ClaimRevised():
            assert isinstance(state, Claim)
            parent = numbered(state.statements, event.after, "after")
            yield from _before_its_original(event.report, parent.report, known)
            yield from _when_after_publication(event.report, content_with(parent.content, event.set), known)
        case _:
            pass


def _before_its_original(report_id: str, original_id: str, known: Known) -> Iterator[SecondLook]:
    report, original = (known.get(StreamRef("report", id_)) for id_ in (report_id, original_id))
    if original is None:
        return
    published = report.details.publication(known.time_zone)
    if published.latest < original.details.publication(known.time_zone).earliest:
        said = f"report {report_id!r} came out before {original_id!r}, which it revises"
        yield SecondLook("revision_before_its_original", said, "report")


def _when_after_publication(report_id: str, content: Content, known: Known) -> Iterator[SecondLook]:
    report = known.get(StreamRef("report", report_id))
    published = report.details.publication(known.time_zone)
    if content.when is not None and when.bounds(content.when, known.time_zone).earliest > published.latest:
        said = f"{content.when} is after the report came out ({report.details.published})"
        yield SecondLook("when_after_publication", said, "when")


def figures_told(state: Any, events: Sequence[Fact]) -> Iterator[ToldFigure]:
    """The figures that these events recorded, of a stream that stands at `state` after them."""
    for event in events:
        match event:
            case ClaimRecorded():
                content = event.content
            case ClaimRevised():
                assert isinstance(state, Claim)
                content = numbered(state.statements, event.statement, "statement").content
            case _:
                continue
        if isinstance(content, Figure):
            yield ToldFigure(event.report, figure_identity(content))


def identical_figure(told: ToldFigure, other: str) -> SecondLook:
    """That another claim, `other`, holds the very figure: likely the same words, recorded twice."""
    return SecondLook("identical_figure", f"claim {other!r} of report {told.report!r} holds the very same figure")
