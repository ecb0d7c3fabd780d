"""A correction in plain English, as a newspaper would print it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, assert_never

from application.history import Entry
from domain.actor import ActorCorrected, ActorRegistered, ActorRetracted
from domain.assessment import AssessmentIssued, AssessmentRevised, AssessmentWithdrawn
from domain.claim import (
    ClaimCorrected,
    ClaimGraded,
    ClaimRecorded,
    ClaimReinstated,
    ClaimRelated,
    ClaimRetracted,
    ClaimRevised,
    ClaimStatementReinstated,
    ClaimStatementRetracted,
    ClaimWithdrawn,
)
from domain.content import Content, Figure, Said
from domain.corrections import concerned
from domain.dossier import DossierDescribed, DossierOpened
from domain.families import FAMILIES, Family
from domain.incident import (
    IncidentDescribed,
    IncidentLinked,
    IncidentMerged,
    IncidentOpened,
    IncidentSplit,
    IncidentUnlinked,
)
from domain.place import PlaceCorrected, PlaceRegistered, PlaceRetracted
from domain.report import ReportCorrected, ReportDiscredited, ReportFiled, ReportRetracted, ReportWithdrawn
from domain.sealable import as_given
from domain.source import SourceCorrected, SourceGraded, SourceRegistered, SourceRetracted
from domain.statements import last_word
from interfaces.messages import words
from interfaces.messages.date_words import date_in_words, moment_in_words
from interfaces.messages.words import capital, clean, joined

FAMILY_IN_WORDS: Mapping[Family, str] = {
    "source": "the source changed its word",
    "record": "our record was wrong",
    "judgement": "our judgement changed",
}

HEADLINES = {
    "claim.revised": "Changed by its source: {}",
    "claim.withdrawn": "Withdrawn by its source: {}",
    "claim.corrected": "Corrected: {}",
    "claim.statement_retracted": "Retracted, one statement on: {}",
    "claim.statement_reinstated": "Reinstated, one statement on: {}",
    "claim.retracted": "Retracted: {}",
    "claim.reinstated": "Reinstated: {}",
    "claim.graded": "Credibility graded: {}",
    "claim.related": "Weighed against other claims: {}",
    "report.corrected": "Corrected: the report {}",
    "report.withdrawn": "Withdrawn by its publisher: the report {}",
    "report.discredited": "Discredited: the report {}",
    "report.retracted": "Retracted: the report {}",
    "source.corrected": "Corrected: our entry on {}",
    "source.retracted": "Retracted: our entry on {}",
    "source.graded": "Reliability graded: {}",
    "actor.corrected": "Corrected: our entry on {}",
    "actor.retracted": "Retracted: our entry on {}",
    "place.corrected": "Corrected: our entry on {}",
    "place.retracted": "Retracted: our entry on {}",
    "dossier.described": "Corrected: the description of this dossier",
    "incident.described": "Described anew: the incident {}",
    "incident.linked": "Claims added to the incident {}",
    "incident.unlinked": "Claims taken out of the incident {}",
    "incident.merged": "Found to be the same as another: the incident {}",
    "incident.split": "Found to be separate after all: the incident {}",
    "assessment.revised": "Our finding revised: {}",
    "assessment.withdrawn": "Our finding withdrawn: {}",
}
_CREDIBILITY = {
    1: "confirmed by other sources", 2: "probably true", 3: "possibly true", 4: "doubtful", 5: "improbable",
    6: "cannot be judged",
}  # fmt: skip
_RELIABILITY = {
    "A": "completely reliable", "B": "usually reliable", "C": "fairly reliable", "D": "not usually reliable",
    "E": "unreliable", "F": "cannot be judged",
}  # fmt: skip
_CHANGED_BY = {"claimant": "whoever claimed it", "relay": "whoever passed it on", "publisher": "its publisher"}
_RELATIONS = {
    "disputes": "dispute", "alternative_to": "be an alternative to", "part_of": "be part of",
    "overlaps": "overlap with", "resolves": "resolve",
}  # fmt: skip
_LABELS = {
    "when": "Time", "said": "Said on", "original": "In the report's own words", "inferred": "Concluded by us",
    "published_bounds": "Published, as far as can be told", "derived_from": "Taken from", "cited_in": "Known only from",
    "names": "In other languages", "within": "Lies in", "areas": "Belongs to", "because": "Grounds",
    "same_origin": "Held to be of one origin", "note": "Our note", "claims": "Rests on claims", "url": "Address",
}  # fmt: skip
# The first of many claims are told, and how many there are besides.
TOLD_OF_MANY = 5
_NUMBERS = {"low", "best", "high", "qualifier", "magnitude"}
_NOTHING: tuple[Any, ...] = (None, [], {})
_UNITS = {"km2": " km²", "percent": "%", "families": " families"}


ClaimChange = (
    ClaimRevised | ClaimWithdrawn | ClaimCorrected | ClaimStatementRetracted | ClaimStatementReinstated | ClaimRetracted
    | ClaimReinstated | ClaimGraded | ClaimRelated
)  # fmt: skip


@dataclass(frozen=True)
class Names(words.Names):
    """Of each report its label, publisher and publication too, of claims what they say, of incidents the title."""

    reports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    incidents: Mapping[str, str] = field(default_factory=dict)

    def claim(self, id_: str) -> str:
        return in_full(self.claims[id_], self) if id_ in self.claims else f"claim {id_}"

    def incident(self, id_: str) -> str:
        return f"the incident “{clean(self.incidents[id_])}”" if id_ in self.incidents else f"incident {id_}"

    def report(self, id_: str) -> str:
        """`“October” (Reuters, 15 October 2018)`."""
        held = self.reports.get(id_)
        if held is None:
            return f"report {id_}"
        publisher = self.source(held["publisher"]) if held["publisher"] else "publisher unknown"
        return f"“{clean(held['label'])}” ({publisher}, {date_in_words(held['published'])})"


def in_words(entry: Entry, told: Mapping[str, Any], names: Names) -> tuple[str, list[str]]:
    """The headline and the paragraphs of a correction; `told` is the same in data."""
    type_ = entry.recorded.event.type
    paragraphs = [" ".join(_what(entry, names))]
    if told["reason"]:
        paragraphs.append(f"Reason: {_sentence(clean(told['reason']))}")
    who = clean(told["principal_name"] or told["principal"])
    paragraphs.append(f"{capital(FAMILY_IN_WORDS[FAMILIES[type_]])}. Recorded by {who}.")
    paragraphs.append(" ".join(_clocks(FAMILIES[type_], told["holds_for"], names)))
    return HEADLINES[type_].format(_subject(entry, names)), [each for each in paragraphs if each]


def others_named(entry: Entry) -> tuple[list[str], list[str]]:
    """The other claims and incidents that an event names, as far as its words tell of them."""
    match event := entry.recorded.event:
        case ClaimRelated():
            return event.to[:TOLD_OF_MANY], []
        case IncidentLinked() | IncidentUnlinked():
            return event.claims[:TOLD_OF_MANY], []
        case IncidentMerged():
            return [], [event.into]
        case IncidentSplit():
            return [], [entry.before.merged_into]
        case _:
            return [], []


def in_full(content: Mapping[str, Any], names: Names) -> str:
    """What a statement says, with where, when and who."""
    place = f", {names.place(content['place'])}" if content.get("place") else ""
    said = words.said(content, names, with_note=False)
    return f"{said}{place}{_dated(content.get('when'))} ({words.who(content, names)})"


def _subject(entry: Entry, names: Names) -> str:
    """What it is about, for a headline."""
    held = entry.after
    match entry.recorded.stream.kind:
        case "claim":
            return _topic(concerned(entry)[-1][1].content, names)
        case "report":
            publisher = f" ({names.source(held.details.publisher)})" if held.details.publisher else ""
            return f"“{clean(held.details.label)}”{publisher}"
        case "incident":
            return f"“{clean(held.details.title)}”"
        case "assessment":
            topic, place = held.details.topic, held.details.place
            told = words.written_topic(topic, names) if topic is not None else names.place(place)
            return told + _dated(held.details.when)
        case "dossier":
            return ""
        case _:
            return clean(held.details.name)


def _topic(content: Content, names: Names) -> str:
    """`fighters of Islamic State in Hajin, October 2018`."""
    match content.kind:
        case "figure":
            told = words.topic({**_fields(content), "place": None}, names)
        case "control":
            told = "control"
        case "occurrence":
            told = content.type.replace("_", " ")
        case _:
            told = content.nature.replace("_", " ") + (f" about {names.actor(content.actor)}" if content.actor else "")
    if content.place is not None:
        told += f" {'of' if content.kind == 'control' else 'in'} {names.place(content.place)}"
    return told + _dated(content.when)


def _dated(when: str | None) -> str:
    return f", {date_in_words(when)}" if when else ""


def _what(entry: Entry, names: Names) -> Iterator[str]:
    match event := entry.recorded.event:
        case (
            ClaimCorrected() | ClaimRevised() | ClaimWithdrawn() | ClaimStatementRetracted()
            | ClaimStatementReinstated() | ClaimRetracted() | ClaimReinstated() | ClaimGraded() | ClaimRelated()
        ):  # fmt: skip
            yield from dict.fromkeys(_claim(entry, event, names))
        case ReportWithdrawn():
            where = f" in {names.report(event.report)}" if event.report else ""
            yield f"Its publisher took it back{where}{f' ({date_in_words(event.when)})' if event.when else ''}."
        case ReportDiscredited():
            yield "We no longer rely on it: what it says stays listed, and counts in no combined figure."
        case ReportRetracted():
            yield "We had filed it by mistake, and take it back with all that it was said to say."
        case SourceGraded():
            was = _grade(entry.before.reliability, _RELIABILITY)
            yield f"Reliability: was {was}, is {_grade(event.reliability, _RELIABILITY)}."
        case IncidentLinked():
            yield f"Now held to tell of it: {_some(map(names.claim, event.claims), len(event.claims))}."
        case IncidentUnlinked():
            yield f"No longer held to tell of it: {_some(map(names.claim, event.claims), len(event.claims))}."
        case IncidentMerged():
            yield f"It is now held to be the same as {names.incident(event.into)}."
        case IncidentSplit():
            yield f"It is no longer held to be the same as {names.incident(entry.before.merged_into)}."
        case AssessmentWithdrawn():
            yield f"We had found ({entry.after.details.grade}): {_sentence(clean(entry.after.details.finding))}"
        case SourceRetracted() | ActorRetracted() | PlaceRetracted():
            yield "We had entered it by mistake, and take it back."
        case (
            DossierDescribed() | SourceCorrected() | ActorCorrected() | PlaceCorrected() | ReportCorrected()
            | IncidentDescribed() | AssessmentRevised()
        ):  # fmt: skip
            yield from _fields_changed(entry, set(type(entry.after.details).model_fields), names)
        case (
            DossierOpened() | SourceRegistered() | ActorRegistered() | PlaceRegistered() | ReportFiled()
            | ClaimRecorded() | IncidentOpened() | AssessmentIssued()
        ):  # fmt: skip
            # The first word about an item corrects nothing.
            return
        case unknown:
            assert_never(unknown)


def _claim(entry: Entry, event: ClaimChange, names: Names) -> Iterator[str]:
    statements = concerned(entry)
    now = statements[-1][1]
    said, report = _sentence(in_full(_fields(now.content), names)), names.report(now.report)
    match event:
        case ClaimCorrected():
            yield from (_was_and_is(before.content, after.content, names) for before, after in statements)
            yield from _fields_changed(entry, {*_beside_what_is_said(now.content), "report"}, names)
            yield f"Reported in {report}."
        case ClaimRevised():
            yield from (_was_and_is(before.content, after.content, names) for before, after in statements)
            yield from _fields_changed(entry, _beside_what_is_said(now.content), names)
            if event.changed_by is not None:
                yield f"It was changed by {_CHANGED_BY[event.changed_by]}."
            if now.number != last_word(entry.after.statements).number:
                yield "Later on it changed again."
        case ClaimWithdrawn():
            yield f"It had said: {said}"
            if event.changed_by is not None:
                yield f"It was taken back by {_CHANGED_BY[event.changed_by]}."
            if event.without_notice:
                yield f"That is not to be found any more in {report}, which does not say why."
        case ClaimStatementRetracted():
            if now.ended:
                yield f"We had recorded that this was taken back in {report}: {said} It never was: we take that back."
            else:
                yield f"We had recorded, from {report}: {said} It never said so: we take that back."
            yield f"Our record now has: {_stands(entry, names)}"
        case ClaimStatementReinstated():
            if now.ended:
                yield f"Taken back in {report} after all: {said}"
            else:
                yield f"We had taken back, and now restore, from {report}: {said}"
            yield f"Our record now has: {_stands(entry, names)}"
        case ClaimRetracted():
            yield f"We had recorded, from {report}: {said} We take that back."
        case ClaimReinstated():
            yield f"We had taken back, and now restore, from {report}: {said}"
        case ClaimGraded():
            yield f"The claim, from {report}: {said}"
            was = _grade(entry.before.credibility, _CREDIBILITY)
            yield f"Credibility: was {was}, is {_grade(event.credibility, _CREDIBILITY)}."
        case ClaimRelated():
            yield f"The claim, from {report}: {said}"
            held = "no longer held" if event.removed else "now held"
            yield f"It is {held} to {_RELATIONS[event.relation]}: {_some(map(names.claim, event.to), len(event.to))}."
        case unknown:
            assert_never(unknown)


def _stands(entry: Entry, names: Names) -> str:
    """What the claim says after an event, by its last statement."""
    made = last_word(entry.after.statements)
    said = in_full(_fields(made.content), names)
    return _sentence(f"{said}, withdrawn in {names.report(made.report)}" if made.ended else said)


def _was_and_is(before: Content, after: Content, names: Names) -> str:
    """`Was about 2,000 (Reuters), is 5,000.`"""
    old, new = _fields(before), _fields(after)
    who, whose = words.who(old, names), words.who(new, names)
    if _counts_the_same(old, new):
        was, now = _number(old), _number(new)
    else:
        was, now = (words.said(each, names, with_note=False) for each in (old, new))
    if (was, who) == (now, whose):
        return f"The claim: {_sentence(in_full(new, names))}"
    now += f" ({whose})" if whose != who else ""
    if _counts_the_same(old, new):
        return f"Was {was} ({who}), is {now}."
    return f"Was: {_sentence(f'{was} ({who})')} Is: {_sentence(now)}"


def _counts_the_same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two statements differ in nothing that they say but in how many."""
    apart = {name for name in {**old, **new} if old.get(name) != new.get(name)} - set(Said.model_fields)
    return old["kind"] == "figure" and apart <= _NUMBERS and old.get("hedge") == new.get("hedge")


def _number(content: Mapping[str, Any]) -> str:
    return words.number_of(content).removesuffix(" of") + _UNITS.get(content["unit"], "")


def _beside_what_is_said(content: Content) -> set[str]:
    """The fields of a statement that the words for it do not tell."""
    beside = set(Said.model_fields) - {"claimant", "via", "hedge"}
    return beside if isinstance(content, Figure) else beside - {"text"}


def _fields_changed(entry: Entry, told: Collection[str], names: Names) -> Iterator[str]:
    for change in entry.changes:
        if change.field in told:
            label = _LABELS.get(change.field, capital(change.field.replace("_", " ")))
            was, now = (_value(change.field, each, names) for each in (change.before, change.after))
            yield f"{label}: was {was}, is {now if change.after not in _NOTHING else 'left out now'}."


def _value(field_name: str, value: Any, names: Names) -> str:
    """The value of a field, in words."""
    if value in _NOTHING:
        return "not given"
    match field_name:
        case "when" | "said" | "published" | "published_bounds":
            return date_in_words(value)
        case "place" | "within":
            return names.place(value)
        case "speaks_for" | "part_of":
            return names.actor(value)
        case "publisher" | "author":
            return names.source(value)
        case "credits":
            return joined(map(names.source, value))
        case "report":
            return names.report(value)
        case "derived_from" | "cited_in" | "rests_on":
            return joined(map(names.report, value))
        case "areas":
            return joined(names.place(each["area"]) + _dated(each.get("when")) for each in value)
        case "topic":
            return words.written_topic(value, names)
        case "name" | "label" | "title" | "summary" | "finding" | "because" | "note" | "original" | "text":
            return f"“{clean(value)}”"
        case "inferred":
            return joined(each.replace("_", " ") for each in value)
        case "kind" | "type" | "grade":
            return str(value).replace("_", " ")
        case _ if isinstance(value, dict):
            return joined(f"{clean(each)} ({key})" for key, each in value.items())
        case _ if isinstance(value, list):
            return _some(map(clean, value), len(value))
        case _:
            return clean(value)


def _grade(grade: Any, scale: Mapping[Any, str]) -> str:
    return f"{grade} ({scale[grade]})" if grade is not None else "not graded"


def _some(told: Iterable[str], of: int) -> str:
    """The first of many."""
    more = [f"and {of - TOLD_OF_MANY:,} more"] if of > TOLD_OF_MANY else []
    return "; ".join([*islice(told, TOLD_OF_MANY), *more])


def _fields(content: Content) -> dict[str, Any]:
    return as_given(content)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _clocks(family: Family, holds_for: Mapping[str, Any], names: Names) -> Iterator[str]:
    at, reported, as_of = holds_for["at"], holds_for["reported_by"], holds_for["as_of"]
    yield f"It concerns {date_in_words(at['when']) if at else 'no particular time'}."
    if family == "record":
        yield "It applies to all reporting, whatever its date: the mistake was ours."
    elif family == "judgement":
        yield "It applies to all reporting, whatever its date: the view is ours."
    elif reported is None:
        yield "From when on it applies is not known."
    elif "report" in reported:
        yield f"It applies from the publication of {names.report(reported['report'])} onwards."
    else:
        yield f"It applies from {date_in_words(reported['when'])} onwards."
    moment = moment_in_words(datetime.fromisoformat(as_of["recorded_at"]))
    yield f"It has stood in this record since {moment} (position {as_of['position']:,})."
