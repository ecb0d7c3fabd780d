"""What is taken, but worth a second look: the field knows such cases. Asked of every stream's events alike."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple, cast

from domain import claim as claims
from domain import incident as incidents
from domain import when
from domain.checks import Reference
from domain.claim import (
    Claim,
    ClaimCorrected,
    ClaimEvent,
    ClaimRecorded,
    ClaimRelated,
    ClaimRevised,
    ClaimWithdrawn,
    CorrectClaim,
    ReviseClaim,
)
from domain.content import AS_IT_WAS_SAID, Content, Control, Figure, Occurrence, content_with
from domain.corrections import is_of_its_entry_alone
from domain.fact import Changes, Command, Fact
from domain.fields import StreamRef, amended
from domain.incident import Incident, IncidentDescribed, IncidentEvent, IncidentLinked
from domain.known import Known
from domain.merging import goes_on_as
from domain.odd_dates import dated, decade, excludes, is_to_come, years_before
from domain.odd_numbers import above_whole, amounts_of, beyond_belief, how_far, in_digits
from domain.person import Fate, Person, PersonCorrected, PersonFateRecorded, PersonMerged, PersonRegistered
from domain.persons_known import alive_after_death
from domain.report import Report, ReportMerged, ReportWithdrawn
from domain.statements import Made, last_word, numbered, standing
from domain.when import Instant
from domain.words_gone import words_gone

SecondLookCode = Literal[
    "revision_before_its_original",
    "withdrawn_before_publication",
    "when_after_publication",
    "words_fell_away",
    "later_keeps",
    "identical_figure",
    "identical_occurrence",
    "identical_control",
    "contradicts_itself",
    "several_figures",
    "several_incidents",
    "incident_at_another_time",
    "in_the_future",
    "far_in_the_past",
    "beyond_belief",
    "part_above_whole",
    "against_itself",
    "far_from_others",
    "far_from_before",
    "still_in_use",
    "same_name",
    "same_url",
    "far_off",
    "coordinates_swapped",
    "near_word",
    "alive_after_death",
    "same_person",
    "goes_on_as_another",
    "merged_unlike",
]


# Of shorter words many are one letter away from each other.
SHORTEST = 5
# So many claims of an incident are looked at.
MOST_CLAIMS = 10


class SecondLook(NamedTuple):
    """A warning to whoever recorded something: why it may be a mistake."""

    code: SecondLookCode
    message: str
    field: str = ""
    # What it is about, where it is told once of that: a dossier may well be all of such a kind.
    once: str = ""


def second_looks(state: Any, command: Command, events: Sequence[Fact], known: Known, now: Instant) -> list[SecondLook]:
    """What a desk should look at twice in what a command is about to record, `now`, of a stream that is at `state`."""
    looks = list(dict.fromkeys(look for event in events for look in _looks(state, event, command.stream, known, now)))
    if command.stream_kind == "claim" and (state is not None or len(events) > 1):
        looks += _above_whole(state, events, known)
    elif command.stream_kind == "incident":
        looks += _at_another_time(state, events, known)
    if isinstance(command, (ReviseClaim, CorrectClaim)):
        gone = (told for event in events for told in words_gone(state, command, cast("ClaimEvent", event)))
        looks += dict.fromkeys(SecondLook("words_fell_away", said, f"set.{name}") for name, said in gone)
    return looks


def _looks(state: Any, event: Fact, stream: StreamRef, known: Known, now: Instant) -> Iterator[SecondLook]:
    if is_of_its_entry_alone(event):
        yield from _of_a_merged_one(stream, state.merged_into, known)
    if stream.kind != "claim":
        yield from _by_now(state, event, known, now)
    match event:
        case ClaimRecorded():
            yield from _as_published(event.report, event.content, known)
            yield from _odd(event.content)
        case ClaimRevised():
            assert isinstance(state, Claim)
            parent = numbered(state.statements, event.after, "after")
            yield from _before_its_original(event.report, parent.report, known, "revises")
            revised = content_with(parent.content, event.set)
            yield from _as_published(event.report, revised, known, event.set)
            yield from _far_from_before(parent.content, revised, event.set)
            yield from _odd(revised, event.set)
            yield from _kept_later(state, parent, event.set)
        case ClaimWithdrawn():
            assert isinstance(state, Claim)
            parent = numbered(state.statements, event.after, "after")
            yield from _before_its_original(event.report, parent.report, known, "takes back")
        case ClaimCorrected():
            assert isinstance(state, Claim)
            for mend in event.mends:
                before = numbered(state.statements, mend.statement, "statement")
                changes = {name: value for name, value in mend.set.items() if name != "report"}
                mended = content_with(before.content, changes)
                if not mend.set.keys().isdisjoint((*_DATES, "report")):
                    report = mend.set.get("report", before.report)
                    yield from _as_published(report, mended, known, changes, moved="set.report")
                yield from _far_from_before(before.content, mended, changes)
                yield from _odd(mended, changes)
        case ReportMerged():
            assert isinstance(state, Report)
            yield from _merged_unlike(state, event, stream, known)
        case ReportWithdrawn():
            assert isinstance(state, Report)
            yield from _withdrawn_before_it_came_out(state, event, known)
        case PersonRegistered():
            yield from _alive_after_death(event.details.fates, known)
            yield from _told_before(event.details.fates, known, "fates")
        case PersonFateRecorded():
            assert isinstance(state, Person)
            yield from _alive_after_death((*state.details.fates, event.fate), known)
            yield from _told_before([event.fate], known, "when")
        case PersonCorrected():
            assert isinstance(state, Person)
            if "fates" in event.set:
                fates = amended(state.details, event.set).fates
                yield from _alive_after_death(fates, known, "set.fates")
                yield from _told_before([fate for fate in fates if fate not in state.details.fates], known, "set.fates")
        case PersonMerged():
            assert isinstance(state, Person)
            into = known.get(StreamRef("person", event.into))
            yield from _alive_after_death((*into.details.fates, *state.details.fates), known, "into")
        case _:
            pass


def _kept_later(claim: Claim, parent: Made, changes: Changes) -> Iterator[SecondLook]:
    """What a late find changes and the statement after it has as before: as if that one had taken it back."""
    following = claim.statements[claim.statements.index(parent) + 1 :]
    later = next(iter(standing(following)), None)
    if later is None or later.ended:
        return
    kept = [
        name for name in changes
        if name not in _BESIDE and getattr(later.content, name) == getattr(parent.content, name)
    ]  # fmt: skip
    if kept:
        told = ", ".join(f"`{name}`" for name in kept)
        said = f"statement {later.number} (report {later.report!r}) comes after it, and has {told} as it was before"
        way_out = f"correct that statement if its source did not say so (`statement`: {later.number})"
        yield SecondLook("later_keeps", f"{said}, as if that had been taken back: {way_out}", f"set.{kept[0]}")


# Of which nobody asks whether it is so still.
_BESIDE: Final = frozenset({*AS_IT_WAS_SAID, "inferred", "note"})


def _alive_after_death(fates: Sequence[Fate], known: Known, field: str = "fates") -> Iterator[SecondLook]:
    found = alive_after_death(fates, known.time_zone)
    if found is not None:
        said = f"{found.fate}, {found.when} is told of a time after they were killed: both stay on the list, and the "
        yield SecondLook("alive_after_death", f"{said}death counts. Correct the one that is wrong", field)


def _told_before(fates: Sequence[Fate], known: Known, field: str) -> Iterator[SecondLook]:
    """Of fates that a claim tells of: whether they befell somebody after every report that it stands in."""
    dated = [(fate.when, StreamRef("claim", fate.claim)) for fate in fates if fate.when and fate.claim]
    known.require((Reference(field, claim) for _, claim in dated), retracted_too=True)
    said_in = {
        claim: [StreamRef("report", said.report) for said in standing(known.get(claim).statements) if not said.ended]
        for _, claim in dated
    }
    known.require((Reference(field, one) for reports in said_in.values() for one in reports), retracted_too=True)
    for date, claim in dated:
        reports = [known.get(report).details for report in said_in[claim]]
        last = max(reports, key=lambda report: report.publication(known.time_zone).latest, default=None)
        if last and when.bounds(date, known.time_zone).earliest > last.publication(known.time_zone).latest:
            said = f"{date} is after the report of claim {claim.id!r} came out ({last.published})"
            yield SecondLook("when_after_publication", said, field)


def _of_a_merged_one(stream: StreamRef, merged_into: str | None, known: Known) -> Iterator[SecondLook]:
    survivor = goes_on_as(stream, merged_into, known)
    if survivor is not None:
        kind, id_ = stream
        said = (
            f"{kind} {id_!r} goes on as {survivor!r}: no answer goes by what its own entry says until it is split off"
        )
        yield SecondLook("goes_on_as_another", f"{said}. If it is so of that one too, say it of that one")


def _merged_unlike(report: Report, event: ReportMerged, stream: StreamRef, known: Known) -> Iterator[SecondLook]:
    """By what became of the one that stays goes what either says."""
    end = goes_on_as(stream, event.into, known)
    if end is None:
        return
    stays: Report = known.get(StreamRef("report", end))
    goes, stands = repr(stream.id), repr(end)
    for word, was, of_that in (
        ("discredited", report.discredited_because, stays.discredited_because),
        ("withdrawn", report.withdrawn, stays.withdrawn),
    ):
        if was is not None and of_that is None:
            said = f"report {goes} was {word}, {stands} was not: its claims count again, by the standing of {stands}"
        elif was is None and of_that is not None:
            said = f"report {stands} was {word}, {goes} was not: the claims of {goes} count as {word} too"
        else:
            continue
        yield SecondLook("merged_unlike", f"{said}. Say it of {stands} if that is wrong", "into")
    if report.withdrawn is not None and stays.withdrawn is not None:
        one, other = ((each.when, each.report) for each in (report.withdrawn, stays.withdrawn))
        if one != other:
            said = f"reports {goes} and {stands} were withdrawn at other times, or in other reports"
            yield SecondLook("merged_unlike", f"{said}: the claims of both count as withdrawn as {stands} was", "into")
    if report.details.publication(known.time_zone) != stays.details.publication(known.time_zone):
        said = f"report {goes} came out {report.details.published}, {stands} {stays.details.published}"
        yield SecondLook("merged_unlike", f"{said}: what {goes} says counts as out when {stands} was", "into")


def _withdrawn_before_it_came_out(report: Report, event: ReportWithdrawn, known: Known) -> Iterator[SecondLook]:
    """A publisher takes back what it published."""
    if event.when is not None:
        taken_back, told, field = when.bounds(event.when, known.time_zone), f"on {event.when}", "when"
    else:
        other = known.get(StreamRef("report", str(event.report)))
        taken_back, told, field = other.details.publication(known.time_zone), f"in report {event.report!r}", "report"
    if taken_back.latest < report.details.publication(known.time_zone).earliest:
        said = f"it would have been withdrawn {told}, before it came out ({report.details.published})"
        yield SecondLook("withdrawn_before_publication", said, field)


def _before_its_original(
    report_id: str, original_id: str, known: Known, does: Literal["revises", "takes back"]
) -> Iterator[SecondLook]:
    report, original = (known.get(StreamRef("report", id_)) for id_ in (report_id, original_id))
    if original is None:
        return
    published = report.details.publication(known.time_zone)
    if published.latest < original.details.publication(known.time_zone).earliest:
        said = f"report {report_id!r} came out before {original_id!r}, which it {does}"
        code: SecondLookCode = "revision_before_its_original" if does == "revises" else "withdrawn_before_publication"
        yield SecondLook(code, said, "report")


_DATES: Final = ("when", "said")


def _as_published(
    report_id: str, content: Content, known: Known, changes: Changes | None = None, *, moved: str = "report"
) -> Iterator[SecondLook]:
    """What a claim dates, held against when its report came out. `changes`: what of it is new, if not all; else it is
    the report, which `moved` names.
    """
    published = known.get(StreamRef("report", report_id)).details.publication(known.time_zone)
    for name in _DATES:
        date: str | None = getattr(content, name)
        if date is None:
            continue
        is_new = changes is None or name in changes
        field = name if changes is None else f"set.{name}" if is_new else moved
        if when.bounds(date, known.time_zone).earliest > published.latest:
            came_out = known.get(StreamRef("report", report_id)).details.published
            yield SecondLook("when_after_publication", f"{date} is after the report came out ({came_out})", field)
        elif is_new and (years := years_before(date, published.earliest, known.time_zone)):
            yield _far_in_the_past(date, f"{years:,} years before the report came out", field, known)


def _by_now(state: Any, event: Fact, known: Known, now: Instant) -> Iterator[SecondLook]:
    for date, field in dated(state, event):
        if is_to_come(when.bounds(date, known.time_zone), now):
            yield SecondLook("in_the_future", f"{date} has not come yet: is a digit wrong?", field)
        elif years := years_before(date, now, known.time_zone):
            yield _far_in_the_past(date, f"{years:,} years ago", field, known)


def _far_in_the_past(date: str, how_long: str, field: str, known: Known) -> SecondLook:
    once = f"{decade(date, known.time_zone)}s"
    return SecondLook("far_in_the_past", f"{date} is {how_long}: is a digit wrong?", field, once)


def _at_another_time(state: Incident | None, events: Sequence[Fact], known: Known) -> Iterator[SecondLook]:
    """Of the claims that are linked to an incident; or of all that are, where it is dated anew."""
    after, claims, field = state, set[str](), "claims"
    for event in events:
        match event:
            case IncidentLinked():
                claims.update(event.claims)
            case IncidentDescribed() if state is not None and "when" in event.set:
                claims, field = {*state.claims}, "set.when"
        after = incidents.evolve(after, cast(IncidentEvent, event))
    if after is None or after.details.when is None or not claims:
        return
    named = [StreamRef("claim", claim) for claim in sorted(claims)[:MOST_CLAIMS]]
    known.require((Reference(field, stream) for stream in named), retracted_too=True)
    for stream in named:
        claim: Claim = known.get(stream)
        last = last_word(claim.statements)
        if not claim.retracted and excludes(after.details.when, last.content, known.time_zone):
            said = f"claim {stream.id!r} tells of {last.content.when}, and the incident was {after.details.when}"
            yield SecondLook("incident_at_another_time", f"{said}: is it of another one, or is a date wrong?", field)


def _odd(content: Content, changes: Changes | None = None) -> Iterator[SecondLook]:
    """What cannot well be so, whatever others say. `changes`: what of it is new, if not all."""
    prefix, new = ("", None) if changes is None else ("set.", changes.keys())
    match content:
        case Figure():
            name = beyond_belief(content)
            if name is not None and (new is None or name in new or "unit" in new):
                field = f"{prefix}{name if new is None or name in new else 'unit'}"
                said = f"{getattr(content, name):,} {content.unit} are more than there are on Earth"
                yield SecondLook("beyond_belief", f"{said}: is a digit wrong, or the unit?", field)
        case Occurrence() if content.type not in _AMONG_THEMSELVES and (new is None or "actors" in new):
            against = content.actors.get("against", ())
            others = (*content.actors.get("by", ()), *content.actors.get("with", ()))
            if both := sorted({*against} & {*others}):
                said = f"{content.type} by {both[0]!r} and against {both[0]!r}: are the actors mixed up?"
                yield SecondLook("against_itself", said, f"{prefix}actors")
        case Control() if content.against is not None and content.against == content.actor:
            if new is None or not new.isdisjoint({"actor", "against"}):
                said = f"{content.actor!r} {content.status} against {content.actor!r}: are the actors mixed up?"
                yield SecondLook("against_itself", said, f"{prefix}against")
        case _:
            pass


# In which people of one side may well fight each other.
_AMONG_THEMSELVES: Final = frozenset({"clash"})


def _above_whole(state: Claim | None, events: Sequence[Fact], known: Known) -> Iterator[SecondLook]:
    """A part that is larger than what it is part of, as far as that is known from the part."""
    wholes: dict[str, str] = {}
    for event in events:
        match event:
            case ClaimRelated(relation="part_of", removed=False):
                wholes |= dict.fromkeys(event.to, "part_of" if state is None else "to")
            case ClaimRevised() | ClaimCorrected() if state is not None and state.relations:
                wholes |= {to: "set" for relation, to in state.relations if relation == "part_of"}
            case _:
                pass
    if not wholes:
        return
    after = state
    for event in events:
        after = claims.evolve(after, cast(ClaimEvent, event))
    assert after is not None
    part = last_word(after.statements)
    known.require((Reference(field, StreamRef("claim", id_)) for id_, field in wholes.items()), retracted_too=True)
    for id_, field in sorted(wholes.items()):
        claim: Claim = known.get(StreamRef("claim", id_))
        whole = last_word(claim.statements)
        if claim.retracted or whole.ended or part.ended:
            continue
        amounts = above_whole(part.content, whole.content)
        if amounts is not None:
            said = f"{amounts[0]:,} is more than the {amounts[1]:,} of claim {id_!r}, which it is part of"
            yield SecondLook("part_above_whole", said, field)


def _far_from_before(before: Content, after: Content, changes: Changes) -> Iterator[SecondLook]:
    if not isinstance(before, Figure) or not isinstance(after, Figure):
        return
    was, now = amounts_of(before), amounts_of(after)
    of_the_same = (before.measure, before.unit) == (after.measure, after.unit)
    if was is not None and now is not None and of_the_same and now.is_far(was):
        field = next((f"set.{name}" for name in ("best", "low", "high") if changes.get(name) is not None), "")
        said = f"{in_digits(now)} is {how_far(now, was)} what this claim gave before, {in_digits(was)}"
        yield SecondLook("far_from_before", f"{said}: is a digit wrong?", field)


def nearly_one_word(one: str, other: str) -> bool:
    """Whether they differ in what stands between their parts, and else by one letter at most."""
    if one == other:
        return False
    one, other = (_BETWEEN.sub("", word) for word in (one, other))
    return one == other or one_letter_away(one, other)


# Between digits it counts: 1-2 is not 12.
_BETWEEN = re.compile(r"(?<!\d)[-_. ]+|[-_. ]+(?!\d)")


def one_letter_away(one: str, other: str) -> bool:
    """Whether one letter more, less, another, or two that changed places make one word of the other.

    Not in short words; and not where the letter is a digit, which counts.
    """
    if one == other or min(len(one), len(other)) < SHORTEST or abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    at = next((nth for nth, letter in enumerate(shorter) if letter != longer[nth]), len(shorter))
    if len(shorter) < len(longer):
        return not longer[at].isdigit() and shorter[at:] == longer[at + 1 :]
    if shorter[at : at + 2] == longer[at : at + 2][::-1] and shorter[at + 2 :] == longer[at + 2 :]:
        return True
    return not (shorter[at].isdigit() or longer[at].isdigit()) and shorter[at + 1 :] == longer[at + 1 :]
