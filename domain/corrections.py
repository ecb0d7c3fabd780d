"""A correction: by which clocks it is one, what it holds for, and which answers it may have moved."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from domain import when
from domain.actor import Actor, ActorCorrected, PartOf
from domain.assessment import Assessment
from domain.claim import (
    Claim,
    ClaimCorrected,
    ClaimRevised,
    ClaimStatementReinstated,
    ClaimStatementRetracted,
    ClaimWithdrawn,
)
from domain.clocks import Clocks
from domain.content import Figure, span
from domain.fact import Happened
from domain.families import FAMILIES
from domain.fields import StreamRef
from domain.incident import Incident, IncidentDescribed
from domain.membership import members
from domain.merging import Merged
from domain.person import Person
from domain.place import Place, PlaceCorrected, Within
from domain.report import (
    Report,
    ReportCorrected,
    ReportDiscredited,
    ReportDiscreditingLifted,
    ReportWithdrawalRetracted,
    ReportWithdrawn,
    known_to_be_withdrawn,
)
from domain.source import Source, SourceCorrected, SourceGraded
from domain.statements import Made, last_word, standing
from domain.topic import Topic, any_in_topics, parse_topic, topic_of, topics_alike


class Correction(Protocol):
    """An event that changed what was there before: the states of its stream before and after it."""

    @property
    def recorded(self) -> Happened: ...
    @property
    def before(self) -> Any: ...
    @property
    def after(self) -> Any: ...


class SinceReport(NamedTuple):
    """From the publication of this report on."""

    report: str


class SinceDate(NamedTuple):
    """From a moment within this EDTF date on."""

    when: str


class HoldsFor(NamedTuple):
    """`at`: which time in the world it is about, EDTF; None for no time in particular.

    `reported`: from when on a reader could know of it. None for all reported time, or (of a change by the source
    that nobody dated) for an unknown one.
    """

    at: str | None
    reported: SinceReport | SinceDate | None


def holds_for(correction: Correction) -> HoldsFor:
    """The clocks that a correction holds for, besides the position from which it is recorded."""
    return HoldsFor(_about(correction), _reported(correction.recorded.event))


def _about(correction: Correction) -> str | None:
    match correction.after:
        case Claim():
            return concerned(correction)[-1][1].content.when
        case Incident() | Assessment():
            return correction.after.details.when
        case _:
            return None


def _reported(event: Any) -> SinceReport | SinceDate | None:
    if FAMILIES[event.type] != "source":
        return None
    if event.report is not None:
        return SinceReport(event.report)
    return None if event.when is None else SinceDate(event.when)


def concerned(correction: Correction) -> list[tuple[Made, Made]]:
    """The statements of a claim that an event is about, each after the one that it takes the place of."""
    event, after = correction.recorded.event, correction.after.statements
    before = {made.number: made for made in correction.before.statements}
    match event:
        case ClaimRevised() | ClaimWithdrawn():
            return [(before[event.after], made) for made in after if made.number == event.statement]
        case ClaimCorrected():
            mended = {mend.statement for mend in event.mends}
            return [(before[made.number], made) for made in after if made.number in mended]
        case ClaimStatementRetracted() | ClaimStatementReinstated():
            return [(before[made.number], made) for made in after if made.number == event.statement]
        case _:
            said = last_word(after)
            return [(said, said)]


def whose_word(correction: Correction) -> str | None:
    """The claimant of a claim that a later report changed or took back: whose word it was, where that is known."""
    if not isinstance(correction.recorded.event, (ClaimRevised, ClaimWithdrawn)):
        return None
    return concerned(correction)[0][0].content.claimant


def reports_of(corrections: Iterable[Correction]) -> set[str]:
    """The reports whose publication decides whether these are shown."""
    found = set()
    for correction in corrections:
        found |= {made.report for made in _statements(correction)}
        event, stream = correction.recorded.event, correction.recorded.stream
        if stream.kind == "report":
            found.add(stream.id)
        if isinstance(event, ReportWithdrawn) and event.report is not None:
            found.add(event.report)
    return found


def is_shown(correction: Correction, clocks: Clocks, published: Mapping[str, when.Bounds], time_zone: str) -> bool:
    """Whether a correction is one by the clocks. `published`: when those of `reports_of` it were, if they were."""

    def out(report_id: str) -> bool:
        bounds = published.get(report_id)
        return clocks.reported_by is None or (bounds is not None and clocks.has_passed(bounds))

    event, stream = correction.recorded.event, correction.recorded.stream
    if stream.kind == "report" and not out(stream.id):
        return False
    if isinstance(event, ReportWithdrawn):
        return known_to_be_withdrawn(event, out, clocks, time_zone)
    if stream.kind != "claim":
        return True
    statements = list(_statements(correction))
    said_in = getattr(event, "report", None)
    if not (any(out(made.report) for made in statements) if said_in is None else out(said_in)):
        return False
    return clocks.at is None or any(
        _may_have_been(made, clocks.at, time_zone, published.get(made.report)) for made in statements
    )


def _statements(correction: Correction) -> Iterator[Made]:
    for state in (correction.before, correction.after):
        if isinstance(state, Claim):
            yield from standing(state.statements)


def _may_have_been(made: Made, at: when.Instant, time_zone: str, published: when.Bounds | None) -> bool:
    so = span(made.content, time_zone)
    if so is None:
        return True
    if published is not None:
        so = so.closed(when.days_of(published, time_zone))
    return so.earliest_start <= at <= when.day_over(when.Bounds(so.earliest_end, so.latest_end), time_zone)


def is_of_its_entry_alone(event: Any) -> bool:
    """Whether an event says what counts for nothing while its item goes on as another, by which all answers go."""
    match event:
        case (
            SourceCorrected() | SourceGraded() | PlaceCorrected() | IncidentDescribed() | ReportCorrected()
            | ReportWithdrawn() | ReportWithdrawalRetracted() | ReportDiscredited() | ReportDiscreditingLifted()
        ):  # fmt: skip
            return True
        case ActorCorrected():
            # An actor is part of all that those are part of which are one with it.
            return "part_of" not in event.set
        case _:
            return False


Touched = Literal[
    "sources", "actors", "places", "reports", "claims", "incidents", "persons", "assessments", "topics"
]  # fmt: skip


class Counted(NamedTuple):
    """What a claim counts, if it does, and where; `incident`: of which it is told, where that is looked at.

    `holds`: whether who holds a place may follow from it, and with that who holds what lies inside.
    """

    claim: str
    topic: Topic | None
    place: str | None
    incident: str | None = None
    claimant: str | None = None
    holds: bool = False


class OnTheList(NamedTuple):
    """Persons of the register, and incidents in which they are counted."""

    persons: Collection[str] = ()
    incidents: Collection[str] = ()


class Structural(NamedTuple):
    """What must be looked at around some corrections of the structure: places and actors, what they lie within or are
    part of before and after, actors that moved, incidents, claims that were linked to one or tied to another, reports
    and sources whose words count otherwise, actors and places that are one with others or no longer, and places of
    which a claim that was changed says who holds them; and those claims. `listed`: claims, reports, persons and
    incidents by which the register of persons tells and counts otherwise; `dated`: incidents that may have been at
    another time; `origins`: reports and sources by way of which what others say may come from elsewhere.
    """

    places: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    incidents: frozenset[str] = frozenset()
    claims: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    merged: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    listed: frozenset[StreamRef] = frozenset()
    dated: frozenset[str] = frozenset()
    origins: frozenset[StreamRef] = frozenset()


class Structure(NamedTuple):
    """What lies around those. `control` are the places of whose control a claim tells that names an actor.

    `inside` are the places inside one; `in_reports`, `of_sources`, `of_actors` and `at_places` is what is said in
    a report, by a source, of an actor or of a place; `resting` the assessments on what a report says; `merged` by kind
    which items are one; `related` what is said by the claims that one has relations to, or that have some to it;
    `on_list` whom of the register of persons a claim, a report, a person or an incident bears on, `dated_by` an
    incident by when it was; `taken` what may come from a report or a source.
    """

    around: Mapping[str, Collection[str]] = {}
    wholes: Mapping[str, Collection[str]] = {}
    control: Mapping[str, Collection[str]] = {}
    counted: Mapping[str, Sequence[Counted]] = {}
    of_claims: Mapping[str, Sequence[Counted]] = {}
    inside: Mapping[str, Collection[str]] = {}
    in_reports: Mapping[str, Sequence[Counted]] = {}
    of_sources: Mapping[str, Sequence[Counted]] = {}
    of_actors: Mapping[str, Sequence[Counted]] = {}
    at_places: Mapping[str, Sequence[Counted]] = {}
    resting: Mapping[str, Collection[str]] = {}
    merged: Mapping[str, Merged] = {}
    related: Mapping[str, Sequence[Counted]] = {}
    on_list: Mapping[StreamRef, OnTheList] = {}
    dated_by: Mapping[str, OnTheList] = {}
    taken: Mapping[StreamRef, Sequence[Counted]] = {}


def structural(corrections: Iterable[Correction]) -> Structural:
    """What of some corrections changed the structure that answers rest on."""
    places: set[str] = set()
    actors: set[str] = set()
    moved: set[str] = set()
    incidents: set[str] = set()
    claims: set[str] = set()
    reports: set[str] = set()
    sources: set[str] = set()
    merged: set[str] = set()
    sites: set[str] = set()
    held: set[str] = set()
    changed: set[str] = set()
    listed: set[StreamRef] = set()
    dated: set[str] = set()
    origins: set[StreamRef] = set()
    for correction in corrections:
        places |= _places_moved(correction)
        if wholes := _actors_moved(correction):
            actors |= wholes
            moved |= {correction.recorded.stream.id, *_merged_with(correction)}
        incidents |= _incidents_moved(correction)
        claims |= {*_claims_linked(correction), *_claims_tied(correction)}
        reports |= _reports_moved(correction)
        sources |= _merged_or_split(correction, Source)
        merged |= _merged_or_split(correction, Actor)
        sites |= _merged_or_split(correction, Place)
        held |= _places_held(correction)
        changed |= _claims_changed(correction)
        listed |= _listed_by(correction)
        dated |= _dated_by(correction)
        origins |= _origins_moved(correction)
    return Structural(
        frozenset(places), frozenset(actors), frozenset(moved), frozenset(incidents), frozenset(claims),
        frozenset(reports), frozenset(sources), frozenset(merged), frozenset(sites), frozenset(held),
        frozenset(changed), frozenset(listed), frozenset(dated), frozenset(origins),
    )  # fmt: skip


def _listed_by(correction: Correction) -> set[StreamRef]:
    """By what the register of persons may tell and count otherwise: what is known of persons rests on claims, for which
    it is enough that they stand.
    """
    was, now = correction.before, correction.after
    found: set[StreamRef] = set()
    if isinstance(now, Claim):
        stands_otherwise = (was.statements, was.retracted) != (now.statements, now.retracted)
        found |= {correction.recorded.stream} if stands_otherwise else set()
    if isinstance(now, Person):
        found |= {StreamRef("person", id_) for id_ in (correction.recorded.stream.id, *_merged_with(correction))}
        counted = (one for state in (was, now) for one in _counted_for(state))
        found |= {StreamRef("incident", id_) for name, id_ in counted if name == "incidents"}
    found |= {StreamRef("report", id_) for id_ in _reports_moved(correction)}
    return found | {StreamRef("incident", id_) for id_ in _incidents_moved(correction)}


def _dated_by(correction: Correction) -> set[str]:
    """Incidents that may have been at another time: then those who were there without a time of their own were too."""
    was, now = correction.before, correction.after
    described = isinstance(was, Incident) and isinstance(now, Incident) and was.details.when != now.details.when
    return {correction.recorded.stream.id} if described else _incidents_moved(correction)


def _claims_changed(correction: Correction) -> set[str]:
    """A claim that was changed: what is said by those that are related to it may be answered anew."""
    return {correction.recorded.stream.id} if isinstance(correction.after, Claim) else set()


def _places_held(correction: Correction) -> set[str]:
    """The places of which a claim says, or said, who holds them."""
    said = (made.content for made in _statements(correction))
    return {content.place for content in said if content.place is not None and may_hold(content.kind)}


def may_hold(kind: str) -> bool:
    """Whether who holds a place may follow from a claim of this kind."""
    return kind in ("control", "occurrence")


def _is_moved(correction: Correction, *fields: str) -> bool:
    """Whether an item was retracted, reinstated, merged or split, or some fields of it are others now."""
    was, now = correction.before, correction.after
    if was.retracted != now.retracted or getattr(was, "merged_into", None) != getattr(now, "merged_into", None):
        return True
    return any(getattr(was.details, name) != getattr(now.details, name) for name in fields)


def _merged_with(correction: Correction) -> Iterator[str]:
    for state in (correction.before, correction.after):
        into = getattr(state, "merged_into", None)
        if into is not None:
            yield into


def _places_moved(correction: Correction) -> set[str]:
    if not isinstance(correction.after, Place) or not _is_moved(correction, "within", "areas"):
        return set()
    found = {correction.recorded.stream.id, *_merged_with(correction)}
    for state in (correction.before, correction.after):
        found |= {one.place for one in members(Within, state.details.within)}
        found |= {one.area for one in state.details.areas}
    return found


def _actors_moved(correction: Correction) -> set[str]:
    if not isinstance(correction.after, Actor) or not _is_moved(correction, "part_of"):
        return set()
    found = {correction.recorded.stream.id, *_merged_with(correction)}
    for state in (correction.before, correction.after):
        found |= {one.actor for one in members(PartOf, state.details.part_of)}
    return found


def _incidents_moved(correction: Correction) -> set[str]:
    if not isinstance(correction.after, Incident) or not _is_moved(correction):
        return set()
    return {correction.recorded.stream.id, *_merged_with(correction)}


def _claims_linked(correction: Correction) -> frozenset[str]:
    if not isinstance(correction.after, Incident):
        return frozenset()
    was, now = correction.before, correction.after
    assert isinstance(was, Incident)
    return was.claims | now.claims if _is_moved(correction) else was.claims ^ now.claims


def _claims_tied(correction: Correction) -> frozenset[str]:
    """The claims that a relation is to, or that an assessment holds to share an origin, or no longer."""
    was, now = correction.before, correction.after
    if isinstance(now, Assessment):
        assert isinstance(was, Assessment)
        one, other = _held_of_one_origin(was), _held_of_one_origin(now)
        return one | other if one != other else frozenset()
    return frozenset(getattr(correction.recorded.event, "to", ()))


def _held_of_one_origin(assessment: Assessment) -> frozenset[str]:
    return frozenset(() if assessment.withdrawn_because else assessment.details.same_origin)


def _reports_moved(correction: Correction) -> set[str]:
    """A report by whose publication, or for whether it is relied on, what it says counts otherwise."""
    was, now = correction.before, correction.after
    if not isinstance(now, Report):
        return set()
    assert isinstance(was, Report)
    told = (was.withdrawn, was.discredited_because) != (now.withdrawn, now.discredited_because)
    moved = told or _is_moved(correction, "published", "published_bounds", "dataset")
    return {correction.recorded.stream.id, *_merged_with(correction)} if moved else set()


def _origins_moved(correction: Correction) -> set[StreamRef]:
    """A report or a source by way of which what others say may come from elsewhere, from there on.

    A report that says otherwise what it derives from or credits; and what is one with others, or no longer.
    """
    stream, now = correction.recorded.stream, correction.after
    if isinstance(now, Report):
        fields: tuple[str, ...] = ("derived_from", "credits")
    elif isinstance(now, Source):
        fields = ()
    else:
        return set()
    if not _is_moved(correction, *fields):
        return set()
    return {StreamRef(stream.kind, id_) for id_ in (stream.id, *_merged_with(correction))}


def _stands_alone(correction: Correction, structure: Structure) -> bool:
    """Whether an item was retracted or reinstated that was never one with another: that moves no origins."""
    was, now, stream = correction.before, correction.after, correction.recorded.stream
    merged = structure.merged.get(stream.kind)
    return was.retracted != now.retracted and (merged is None or len(merged.one_with(stream.id)) < 2)


def _merged_or_split(correction: Correction, kind: type[Source] | type[Actor] | type[Place]) -> set[str]:
    """Items that are one from there on, or no longer."""
    if not isinstance(correction.after, kind) or not _is_moved(correction):
        return set()
    return {correction.recorded.stream.id, *_merged_with(correction)}


def touched(
    correction: Correction,
    incidents: Mapping[str, Sequence[str]],
    assessments: Mapping[str, Sequence[str]],
    structure: Structure = Structure(),  # noqa: B008  (it holds nothing)
    *,
    of_entry_alone: bool = False,
) -> dict[Touched, list[str]]:
    """The items and topics by which the answers are asked for that a correction may have moved.

    `incidents` says in which ones a claim is, `assessments` which ones rest on it, `structure` what lies around what
    `structural` names. `of_entry_alone`: it counts for nothing, since the item went on as another.
    """
    stream = correction.recorded.stream
    found: defaultdict[Touched, set[str]] = defaultdict(set)
    kind: Any = f"{stream.kind}s"
    if of_entry_alone:
        return {kind: [stream.id]}
    if stream.kind != "dossier":
        found[kind].add(stream.id)
        found[kind].update(_merged_with(correction))
    if stream.kind == "claim":
        for made in _statements(correction):
            for name, id_ in _named_by(made):
                found[name].add(id_)
        found["claims"].update(getattr(correction.recorded.event, "to", ()))
        for incident in incidents.get(stream.id, ()):
            found["incidents"].add(incident)
            figures = (made.content for made in _statements(correction) if isinstance(made.content, Figure))
            found["topics"].update(str(topic_of(figure, incident)) for figure in figures)
        found["assessments"].update(assessments.get(stream.id, ()))
    for state in (correction.before, correction.after):
        if isinstance(state, Person):
            for name, id_ in _counted_for(state):
                found[name].add(id_)
    for name, id_ in _moved_by(correction, structure):
        found[name].add(id_)
    for place in _places_held(correction):
        found["places"].update(structure.inside.get(place, ()))
    return {name: sorted(_all_that_are_one(name, ids, structure.merged)) for name, ids in found.items() if ids}


def _all_that_are_one(name: Touched, ids: set[str], merged: Mapping[str, Merged]) -> set[str]:
    """Some items or topics with all that are one with them: whichever is asked by, the answer is the same."""
    if name == "topics":
        if not merged or not any_in_topics(merged):
            return ids
        return {str(alike) for topic in ids for alike in topics_alike(parse_topic(topic), merged)}
    one = merged.get(name.removesuffix("s"))
    return ids if one is None else {alike for id_ in ids for alike in one.one_with(id_)}


def _moved_by(correction: Correction, structure: Structure) -> Iterator[tuple[Touched, str]]:
    """What a correction of the structure may move: wherever the item was and is, and what stands in an incident."""
    stream_id = correction.recorded.stream.id
    for place in _places_moved(correction):
        yield "places", place
        for outer in structure.around.get(place, ()):
            yield "places", outer
    if isinstance(correction.after, Place):
        for inner in structure.inside.get(stream_id, ()):
            yield "places", inner
    if wholes := _actors_moved(correction):
        for actor in wholes:
            yield "actors", actor
            for whole in structure.wholes.get(actor, ()):
                yield "actors", whole
        for actor in {stream_id, *_merged_with(correction)}:
            for place in structure.control.get(actor, ()):
                yield "places", place
                yield from (("places", inner) for inner in structure.inside.get(place, ()))
    incidents = _incidents_moved(correction)
    counted = [one for incident in sorted(incidents) for one in structure.counted.get(incident, ())]
    linked = _claims_linked(correction)
    counted += [one for claim in sorted(linked) for one in structure.of_claims.get(claim, ())]
    for claim in linked:
        yield "claims", claim
    for one in counted:
        yield "claims", one.claim
        yield from _asked_by(one, {stream_id, *incidents, *([] if one.incident is None else [one.incident])})
    for one in _said_by_moved(correction, structure):
        yield from _asked_by(one, () if one.incident is None else (one.incident,))
        if one.claimant is not None:
            yield "sources", one.claimant
        if one.holds and one.place is not None:
            yield from (("places", inner) for inner in structure.inside.get(one.place, ()))
        if one.incident is not None:
            yield "incidents", one.incident
    for report in _reports_moved(correction):
        for assessment in structure.resting.get(report, ()):
            yield "assessments", assessment
    on_list = [structure.on_list.get(item, OnTheList()) for item in _listed_by(correction)]
    on_list += [structure.dated_by.get(incident, OnTheList()) for incident in _dated_by(correction)]
    for listed in on_list:
        yield from (("persons", person) for person in listed.persons)
        yield from (("incidents", incident) for incident in listed.incidents)
    for state in (correction.before, correction.after):
        if isinstance(state, Report) and state.details.publisher is not None:
            yield "sources", state.details.publisher


def _said_by_moved(correction: Correction, structure: Structure) -> Iterator[Counted]:
    """What is said in a report, by a source, of an actor or by a claim that counts otherwise from there on."""
    for held, moved in (
        (structure.in_reports, _reports_moved(correction)),
        (structure.of_sources, _merged_or_split(correction, Source)),
        (structure.of_actors, _merged_or_split(correction, Actor)),
        (structure.at_places, _merged_or_split(correction, Place)),
        (structure.of_claims, _claims_tied(correction)),
        (structure.related, _claims_changed(correction)),
    ):
        for id_ in sorted(moved):
            for one in held.get(id_, ()):
                yield one
                # What is one is told of by the id of the one that it goes on as.
                if held is not structure.in_reports:
                    yield from (_by_another_id(one, id_, other) for other in sorted(moved - {id_}))
    origins = _origins_moved(correction)
    if origins and not _stands_alone(correction, structure):
        for item in sorted(origins):
            yield from structure.taken.get(item, ())


def _by_another_id(one: Counted, id_: str, other: str) -> Counted:
    """The same of another item: as what its actors and its place go on as."""
    topic = one.topic
    if topic is not None:
        subject, by = (other if actor == id_ else actor for actor in (topic.subject, topic.by))
        topic = topic._replace(subject=subject, by=by)
    return one._replace(topic=topic, place=other if one.place == id_ else one.place)


def _asked_by(one: Counted, incidents: Collection[str]) -> Iterator[tuple[Touched, str]]:
    """The place and the topics by which the answers are asked for that a claim bears on."""
    if one.place is not None:
        yield "places", one.place
    if one.topic is not None:
        of_place = one.topic._replace(place=one.place)
        yield "topics", str(of_place)
        for incident in incidents:
            yield "topics", str(of_place._replace(incident=incident))


def _counted_for(person: Person) -> Iterator[tuple[Touched, str]]:
    """Where somebody is counted, and by whom they are named."""
    for fate in person.details.fates:
        if fate.incident is not None:
            yield "incidents", fate.incident
        if fate.place is not None:
            yield "places", fate.place
    for claim_id in person.claims:
        yield "claims", claim_id


def _named_by(made: Made) -> Iterator[tuple[Touched, str]]:
    content = made.content
    if isinstance(content, Figure):
        yield "topics", str(topic_of(content))
    if content.place is not None:
        yield "places", content.place
    if content.claimant is not None:
        yield "sources", content.claimant
    yield "reports", made.report
