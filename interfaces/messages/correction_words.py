"""A correction in plain words of a language, as a newspaper would print it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, assert_never

from application.history import Entry
from domain.actor import ActorCorrected, ActorMerged, ActorRegistered, ActorReinstated, ActorRetracted, ActorSplit
from domain.additions import added, only_adds
from domain.assessment import (
    AssessmentIssued,
    AssessmentReinstated,
    AssessmentRevised,
    AssessmentRevisionReinstated,
    AssessmentRevisionRetracted,
    AssessmentUpheld,
    AssessmentWithdrawn,
)
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
from domain.corrections import concerned, whose_word
from domain.dossier import DossierDeclared, DossierDescribed, DossierOpened
from domain.families import FAMILIES, Family
from domain.incident import (
    IncidentDescribed,
    IncidentLinked,
    IncidentMerged,
    IncidentOpened,
    IncidentReinstated,
    IncidentRetracted,
    IncidentSplit,
    IncidentUnlinked,
)
from domain.names import in_language
from domain.person import (
    PersonCorrected,
    PersonFateRecorded,
    PersonLinked,
    PersonMerged,
    PersonRegistered,
    PersonReinstated,
    PersonRetracted,
    PersonSplit,
    PersonUnlinked,
)
from domain.place import PlaceCorrected, PlaceMerged, PlaceRegistered, PlaceReinstated, PlaceRetracted, PlaceSplit
from domain.report import (
    ReportCorrected,
    ReportDiscredited,
    ReportDiscreditingLifted,
    ReportFiled,
    ReportMerged,
    ReportReinstated,
    ReportRetracted,
    ReportSplit,
    ReportWithdrawalRetracted,
    ReportWithdrawn,
)
from domain.sealable import as_given
from domain.source import (
    SourceCorrected,
    SourceGraded,
    SourceMerged,
    SourceRegistered,
    SourceReinstated,
    SourceRetracted,
    SourceSplit,
)
from domain.statements import Made, last_word, said_in
from interfaces.messages import words
from interfaces.messages.date_words import moment_in_words
from interfaces.messages.words import END_OF_ISOLATE, LEFT_TO_RIGHT_MARK, capital

# The types of events that have a headline.
# The first of many claims are told, and how many there are besides.
TOLD_OF_MANY = 5
_NUMBERS = {"low", "best", "high", "qualifier", "magnitude"}
_NOTHING: tuple[Any, ...] = (None, [], {})
_ENDS = (".", "!", "?", "…", "؟")


ClaimChange = (
    ClaimRevised | ClaimWithdrawn | ClaimCorrected | ClaimStatementRetracted | ClaimStatementReinstated | ClaimRetracted
    | ClaimReinstated | ClaimGraded | ClaimRelated
)  # fmt: skip


@dataclass(frozen=True)
class Names(words.Names):
    """Of each report its label, publisher and publication too, of claims what they say."""

    reports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def say(self, sentence: str, *given: object, **named: object) -> str:
        """A sentence of the language, with what stands in it."""
        return self.wording.sentences[sentence].format(*given, **named)

    def claim(self, id_: str) -> str:
        if id_ not in self.claims:
            return self.say("claim", self.whole(id_))
        told = in_full(self.claims[id_], self)
        alike = any(in_full(said, self) == told for other, said in self.claims.items() if other != id_)
        return f"{told} ({self.whole(id_)})" if alike else told

    def incident(self, id_: str) -> str:
        if id_ in self.incidents:
            return self.say("the_incident", self.clean(self.incidents[id_])) + self.mark("incidents", id_)
        return self.say("incident", self.whole(id_))

    def report(self, id_: str) -> str:
        """`“October” (Reuters, 15 October 2018)`."""
        held = self.reports.get(id_)
        if held is None:
            return self.say("report", self.whole(id_))
        publisher = self.source(held["publisher"]) if held["publisher"] else self.say("publisher_unknown")
        label, published = self.clean(held["label"]), self.date(held["published"])
        told = self.say("named_report", label=label, publisher=publisher, published=published)
        return told + self.mark("reports", id_)


def in_words(entry: Entry, told: Mapping[str, Any], names: Names) -> tuple[str, list[str]]:
    """The headline and the paragraphs of a correction; `told` is the same in data."""
    type_ = entry.recorded.event.type
    paragraphs = [" ".join(_what_moves(entry, told, names))]
    if told["reason"]:
        paragraphs.append(names.say("reason", _sentence(names.clean(told["reason"]))))
    who = names.clean(told["principal_name"] or told["principal"])
    paragraphs.append(names.say("recorded_by", family=_family(entry, names), who=who))
    paragraphs.append(" ".join(_clocks(FAMILIES[type_], told["holds_for"], names)))
    headline = _headline(entry, names).format(_subject(entry, names), who=_by_whom(entry, names).named)
    return headline, [each for each in paragraphs if each]


def _completes(entry: Entry) -> bool:
    return words.completes(entry.recorded.event.type, ((change.before, change.after) for change in entry.changes))


def _family(entry: Entry, names: Names) -> str:
    """Which family of change it is; a first grade changes no judgement, and what was left unsaid was not wrong."""
    families = names.wording.families
    match entry.recorded.event:
        case _ if _completes(entry):
            return capital(families["incomplete"])
        case ClaimGraded() if entry.before.credibility is None:
            return capital(families["first_judgement"])
        case SourceGraded() if entry.before.reliability is None:
            return capital(families["first_judgement"])
        case event:
            by_whom = _by_whom(entry, names)
            return capital(words.family_in_words(FAMILIES[event.type], event.type, by_whom, names.wording))


def _by_whom(entry: Entry, names: Names) -> words.ByWhom:
    event, claimant = entry.recorded.event, whose_word(entry)
    named = None if claimant is None else names.source(claimant)
    dropped = getattr(event, "without_notice", False)
    return words.ByWhom.of({"changed_by": getattr(event, "changed_by", None), "without_notice": dropped}, named)


def _headline(entry: Entry, names: Names) -> str:
    headlines = names.wording.headlines
    match event := entry.recorded.event:
        case ClaimGraded(credibility=None):
            return headlines["claim.ungraded"]
        case SourceGraded(reliability=None):
            return headlines["source.ungraded"]
        case _ if _completes(entry):
            return headlines[event.type].replace(names.say("corrected"), names.say("completed"), 1)
        case ClaimRevised() | ClaimWithdrawn():
            return _by_whom(entry, names).say(event.type, headlines)
        case _:
            return headlines[event.type]


def others_named(entry: Entry) -> tuple[list[str], list[str]]:
    """The other claims and incidents that an event names, as far as its words tell of them."""
    match event := entry.recorded.event:
        case ClaimRelated():
            return event.to[:TOLD_OF_MANY], []
        case IncidentLinked() | IncidentUnlinked() | PersonLinked() | PersonUnlinked():
            return event.claims[:TOLD_OF_MANY], []
        case IncidentMerged():
            return [], [event.into]
        case IncidentSplit():
            return [], [entry.before.merged_into]
        case _:
            return [], []


def in_full(content: Mapping[str, Any], names: Names) -> str:
    """What a statement says, with where, when and who."""
    place = f"{names.wording.joint}{names.place(content['place'])}" if content.get("place") else ""
    said = words.said(content, names, with_note=False)
    return f"{said}{place}{_dated(content.get('when'), names)} ({words.who(content, names)})"


def _subject(entry: Entry, names: Names) -> str:
    """What it is about, for a headline."""
    held, stream = entry.after, entry.recorded.stream
    mark = names.mark(f"{stream.kind}s", stream.id)
    match stream.kind:
        case "claim":
            return _topic(concerned(entry)[-1][1].content, names)
        case "report":
            publisher = f" ({names.source(held.details.publisher)})" if held.details.publisher else ""
            return names.say("quoted", names.clean(held.details.label)) + publisher + mark
        case "incident":
            return names.say("quoted", names.clean(held.details.title)) + mark
        case "person":
            called = _called(held.details, names)
            return names.clean(called) if called is not None else names.say("person", names.whole(stream.id))
        case "assessment":
            topic, place = held.details.topic, held.details.place
            told = words.written_topic(topic, names) if topic is not None else names.place(place)
            return told + _dated(held.details.when, names)
        case "dossier":
            return ""
        case _:
            return names.clean(_called(held.details, names)) + mark


def _called(details: Any, names: Names) -> str | None:
    """By its name in the language, else by its name; nobody knows that of every person."""
    called = in_language(details.names, names.language) or details.name or next(iter(details.names.values()), None)
    return None if called is None else str(called)


def _topic(content: Content, names: Names) -> str:
    """`fighters of Islamic State in Hajin, October 2018`."""
    match content.kind:
        case "figure":
            told = words.topic({**_fields(content), "place": None}, names)
        case "control":
            told = names.say("control")
        case "occurrence":
            told = names.type(content.type)
        case _:
            told = names.wording.natures[content.nature]
            told = names.wording.phrases["about"].format(told, names.actor(content.actor)) if content.actor else told
    if content.place is not None:
        place = names.place(content.place)
        told = names.say("control_of", place) if content.kind == "control" else names.say("in_place", told, place)
    return told + _dated(content.when, names)


def _dated(when: str | None, names: Names) -> str:
    return f"{names.wording.joint}{names.date(when)}" if when else ""


def _what_moves(entry: Entry, told: Mapping[str, Any], names: Names) -> Iterator[str]:
    """What changed; of an item that went on as another, that no answer did."""
    survivor = told.get("goes_on_as")
    if survivor is None:
        yield from _what(entry, names)
        return
    # The words for these say what counts from there on, and by this nothing does.
    if not isinstance(
        entry.recorded.event,
        (ReportWithdrawn, ReportWithdrawalRetracted, ReportDiscredited, ReportDiscreditingLifted),
    ):
        yield from _what(entry, names)
    kind = entry.recorded.stream.kind
    called: Mapping[str, Callable[[str], str]] = {
        "source": names.source, "actor": names.actor, "place": names.place, "report": names.report,
        "incident": names.incident,
    }  # fmt: skip
    yield names.say("goes_on_as", called[kind](survivor))


def _what(entry: Entry, names: Names) -> Iterator[str]:
    match event := entry.recorded.event:
        case (
            ClaimCorrected() | ClaimRevised() | ClaimWithdrawn() | ClaimStatementRetracted()
            | ClaimStatementReinstated() | ClaimRetracted() | ClaimReinstated() | ClaimGraded() | ClaimRelated()
        ):  # fmt: skip
            yield from dict.fromkeys(_claim(entry, event, names))
        case ReportWithdrawn():
            yield names.say("report_withdrawn", _taken_back(event, names))
        case ReportWithdrawalRetracted():
            yield names.say("withdrawal_retracted", _taken_back(entry.before.withdrawn, names))
        case ReportDiscredited():
            yield names.say("discredited")
        case ReportDiscreditingLifted():
            yield names.say("lifted")
            yield names.say("lifted_because", _sentence(names.clean(entry.before.discredited_because)))
        case ReportRetracted():
            yield names.say("report_retracted")
        case ReportReinstated():
            yield names.say("report_reinstated")
        case SourceGraded():
            was, now = _grade(entry.before.reliability, names), _grade(event.reliability, names)
            yield names.say("reliability", was=was, now=now)
        case IncidentLinked():
            yield names.say("linked", _some(map(names.claim, event.claims), len(event.claims), names))
        case IncidentUnlinked():
            yield names.say("unlinked", _some(map(names.claim, event.claims), len(event.claims), names))
        case IncidentMerged():
            yield names.say("merged", names.incident(event.into))
        case IncidentSplit():
            yield names.say("split", names.incident(entry.before.merged_into))
        case IncidentRetracted():
            yield names.say("incident_retracted")
        case IncidentReinstated():
            yield names.say("incident_reinstated")
        case AssessmentWithdrawn():
            yield _found("had_found", entry, names)
        case AssessmentReinstated():
            yield _found("find_again", entry, names)
        case AssessmentUpheld():
            yield _found("find_still", entry, names)
        # It was that the finding had been upheld.
        case AssessmentRevisionRetracted() if not entry.changes:
            yield _found("not_upheld", entry, names)
        case AssessmentRevisionReinstated() if not entry.changes:
            yield _found("find_still", entry, names)
        case SourceReinstated() | ActorReinstated() | PlaceReinstated() | PersonReinstated():
            yield names.say("entry_reinstated")
        case PersonLinked():
            yield names.say("person_linked", _some(map(names.claim, event.claims), len(event.claims), names))
        case PersonUnlinked():
            yield names.say("person_unlinked", _some(map(names.claim, event.claims), len(event.claims), names))
        case SourceMerged():
            yield names.say("source_merged", names.source(event.into))
        case SourceSplit():
            yield names.say("split", names.source(entry.before.merged_into))
        case ActorMerged():
            yield names.say("actor_merged", names.actor(event.into))
        case ActorSplit():
            yield names.say("split", names.actor(entry.before.merged_into))
        case PlaceMerged():
            yield names.say("place_merged", names.place(event.into))
        case PlaceSplit():
            yield names.say("split", names.place(entry.before.merged_into))
        case ReportMerged():
            yield names.say("report_merged", names.report(event.into))
            if entry.before.discredited_because is not None:
                yield names.say("discredited_no_more")
            if entry.before.withdrawn is not None:
                yield names.say("withdrawn_no_more")
        case ReportSplit():
            yield names.say("split", names.report(entry.before.merged_into))
            if entry.before.discredited_because is not None:
                yield names.say("discredited_again")
            if entry.before.withdrawn is not None:
                yield names.say("withdrawn_again")
        case PersonMerged():
            yield names.say("merged", names.say("person", names.whole(event.into)))
        case PersonSplit():
            yield names.say("split", names.say("person", names.whole(entry.before.merged_into)))
        case SourceRetracted() | ActorRetracted() | PlaceRetracted() | PersonRetracted():
            yield names.say("entry_retracted")
        case (
            DossierDescribed() | DossierDeclared() | SourceCorrected() | ActorCorrected() | PlaceCorrected()
            | ReportCorrected() | IncidentDescribed() | PersonCorrected() | AssessmentRevised()
            | AssessmentRevisionRetracted() | AssessmentRevisionReinstated()
        ):  # fmt: skip
            yield from _fields_changed(entry, set(type(entry.after.details).model_fields), names)
        case (
            DossierOpened() | SourceRegistered() | ActorRegistered() | PlaceRegistered() | ReportFiled()
            | ClaimRecorded() | IncidentOpened() | PersonRegistered() | PersonFateRecorded() | AssessmentIssued()
        ):  # fmt: skip
            # The first word about an item corrects nothing.
            return
        case unknown:
            assert_never(unknown)


def _taken_back(event: ReportWithdrawn, names: Names) -> str:
    """In which report, or when."""
    where = names.say("in_report", names.report(event.report)) if event.report else ""
    return where + (names.say("on_date", names.date(event.when)) if event.when else "")


def _found(sentence: str, entry: Entry, names: Names) -> str:
    details = entry.after.details
    return names.say(
        sentence, grade=names.wording.grades[details.grade], finding=_sentence(names.clean(details.finding))
    )


def _claim(entry: Entry, event: ClaimChange, names: Names) -> Iterator[str]:
    statements = concerned(entry)
    now = statements[-1][1]
    said, report = _sentence(in_full(_fields(now.content), names)), names.report(now.report)
    had_said = names.report(said_in(entry.after.statements, now))
    match event:
        case ClaimCorrected():
            yield from _each_was_and_is(statements, names)
            yield from _fields_changed(entry, {*_beside_what_is_said(now.content), "report"}, names)
            for report in dict.fromkeys(after.report for _, after in statements):
                yield names.say("reported_in", names.report(report))
        case ClaimRevised():
            yield from (_was_and_is(before.content, after.content, names) for before, after in statements)
            yield from _fields_changed(entry, _beside_what_is_said(now.content), names)
            yield from _said_by_whom("changed_by", entry, names)
            if now.number != last_word(entry.after.statements).number:
                yield names.say("changed_again")
        case ClaimWithdrawn():
            yield names.say("had_said", said)
            if event.without_notice:
                yield names.say("without_notice", report)
            else:
                yield from _said_by_whom("taken_back_by", entry, names)
        case ClaimStatementRetracted():
            yield names.say("end_retracted" if now.ended else "statement_retracted", report=report, said=said)
            yield names.say("now_has", _stands(entry, names))
        case ClaimStatementReinstated():
            yield names.say("end_reinstated" if now.ended else "restored", report=report, said=said)
            yield names.say("now_has", _stands(entry, names))
        case ClaimRetracted():
            yield names.say("retracted", report=had_said, said=said)
        case ClaimReinstated():
            yield names.say("restored", report=had_said, said=said)
        case ClaimGraded():
            yield names.say("the_claim_from", report=had_said, said=said)
            was, is_now = _grade(entry.before.credibility, names), _grade(event.credibility, names)
            yield names.say("credibility", was=was, now=is_now)
        case ClaimRelated():
            yield names.say("the_claim_from", report=had_said, said=said)
            held = f"not_{event.relation}" if event.removed else event.relation
            yield names.say(held, _some(map(names.claim, event.to), len(event.to), names))
        case unknown:
            assert_never(unknown)


def _said_by_whom(what: str, entry: Entry, names: Names) -> Iterator[str]:
    by_whom = _by_whom(entry, names)
    if by_whom.changed_by is not None:
        by = "named" if by_whom.named else by_whom.changed_by
        yield capital(names.say(f"{what}_{by}", who=by_whom.named))


def _stands(entry: Entry, names: Names) -> str:
    """What the claim says after an event, by its last statement."""
    made = last_word(entry.after.statements)
    said = in_full(_fields(made.content), names)
    return _sentence(names.say("withdrawn_in", said, names.report(made.report)) if made.ended else said)


def _each_was_and_is(statements: Sequence[tuple[Made, Made]], names: Names) -> Iterator[str]:
    """Each once; of what, where that is not what the whole correction is said to be of."""
    of_all = _topic(statements[-1][1].content, names)
    told = dict[str, None]()
    for before, after in statements:
        topic, said = _topic(after.content, names), _was_and_is(before.content, after.content, names)
        told[said if topic == of_all else f"{words.capital(topic)}: {said}"] = None
    yield from told


def _was_and_is(before: Content, after: Content, names: Names) -> str:
    """`Was about 2,000 (Reuters), is 5,000.`"""
    old, new = _fields(before), _fields(after)
    who, whose = words.who(old, names), words.who(new, names)
    if _counts_the_same(old, new):
        was, now = words.with_unit(old, names), words.with_unit(new, names)
    else:
        was, now = (words.said(each, names, with_note=False) for each in (old, new))
    if (was, who) == (now, whose):
        return names.say("the_claim", _sentence(in_full(new, names)))
    now += f" ({whose})" if whose != who else ""
    if _counts_the_same(old, new):
        return names.say("was_is", was=was, who=who, now=now)
    return f"{names.say('was', _sentence(f'{was} ({who})'))} {names.say('is', _sentence(now))}"


def _counts_the_same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two statements differ in nothing that they say but in how many."""
    apart = {name for name in {**old, **new} if old.get(name) != new.get(name)} - set(Said.model_fields)
    return old["kind"] == "figure" and apart <= _NUMBERS and old.get("hedge") == new.get("hedge")


def _beside_what_is_said(content: Content) -> set[str]:
    """The fields of a statement that the words for it do not tell."""
    beside = set(Said.model_fields) - {"claimant", "via", "hedge"}
    return beside if isinstance(content, Figure) else beside - {"text"}


def _fields_changed(entry: Entry, told: Collection[str], names: Names) -> Iterator[str]:
    if isinstance(entry.recorded.event, PersonCorrected):
        names = names.of(entry.after.details.sex)
    for change in entry.changes:
        if change.field in told and not words.is_nothing(change.before, change.after):
            name = names.wording.fields.get(change.field) or capital(change.field.replace("_", " "))
            declared = isinstance(entry.recorded.event, DossierDeclared)
            if (change.before or declared) and only_adds(change.before, change.after):
                more = _value(change.field, added(change.before, change.after), names)
                yield names.say("field_added", name=name, more=more)
                continue
            was, now = words.both_sides(change.before, change.after, partial(_value, change.field, names=names), names)
            now = names.say("left_out") if change.after in _NOTHING else now
            yield names.say("field", name=name, was=was, now=now)


def _value(field_name: str, value: Any, names: Names) -> str:
    """The value of a field, in words."""
    if value in _NOTHING:
        return names.say("not_given")
    joined, clean = names.wording.joined, names.clean
    match field_name:
        case "when" | "said" | "published" | "published_bounds":
            return names.date(value)
        case "within" if isinstance(value, list):
            return joined(names.place(each["place"]) + _dated(each.get("when"), names) for each in value)
        case "part_of" if isinstance(value, list):
            return joined(names.actor(each["actor"]) + _dated(each.get("when"), names) for each in value)
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
        case "dated_names":
            return joined(names.say("quoted", clean(each["name"])) + _dated(each["when"], names) for each in value)
        case "areas":
            return joined(names.place(each["area"]) + _dated(each.get("when"), names) for each in value)
        case "topic":
            return words.written_topic(value, names)
        case "name" | "label" | "title" | "summary" | "finding" | "because" | "note" | "original" | "text":
            return names.say("quoted", clean(value))
        case "inferred":
            return joined(map(names.field, value))
        case "type" | "measure" | "unit" | "measures" | "units" | "counted_as":
            return words.value(field_name, value, names)
        case "grade":
            return names.wording.grades[value]
        case "kind" | "sex" | "fates" | "civilian_status":
            return words.value(field_name, value, names)
        case "external_ids":
            return joined(f"{clean(register)} {clean(id_)}" for register, id_ in value.items())
        case (
            "group_labels" | "cause_labels" | "dimension_labels" | "value_labels" | "method_labels"
            | "occurrence_types"
        ):  # fmt: skip
            return words.labels(value, names)
        case "group" | "cause" | "methods" | "dimensions":
            return words.value(field_name, value, names)
        case _ if isinstance(value, dict):
            return joined(f"{clean(each)} ({clean(key)})" for key, each in value.items())
        case _ if isinstance(value, list):
            return _some(map(clean, value), len(value), names)
        case _:
            return clean(value)


def _grade(grade: Any, names: Names) -> str:
    if grade is None:
        return names.say("not_graded")
    return names.say("graded", names.whole(grade), names.wording.grades[str(grade)])


def _some(told: Iterable[str], of: int, names: Names) -> str:
    """The first of many."""
    more = [names.say("and_more", names.wording.number(of - TOLD_OF_MANY))] if of > TOLD_OF_MANY else []
    return names.wording.semicolon.join([*islice(told, TOLD_OF_MANY), *more])


def _fields(content: Content) -> dict[str, Any]:
    return as_given(content)


def _sentence(text: str) -> str:
    return text if text.rstrip(END_OF_ISOLATE + LEFT_TO_RIGHT_MARK).endswith(_ENDS) else f"{text}."


def _clocks(family: Family, holds_for: Mapping[str, Any], names: Names) -> Iterator[str]:
    at, reported, as_of = holds_for["at"], holds_for["reported_by"], holds_for["as_of"]
    if family != "declared":
        yield names.say("concerns", names.date(at["when"])) if at else names.say("no_time")
    if family == "declared":
        yield names.say("applies_declared")
    elif family in ("record", "judgement"):
        yield names.say(f"applies_{family}")
    elif reported is None:
        yield names.say("applies_unknown")
    elif "report" in reported:
        yield names.say("applies_report", names.report(reported["report"]))
    else:
        yield names.say("applies_date", names.date(reported["when"]))
    moment = moment_in_words(datetime.fromisoformat(as_of["recorded_at"]), names.language)
    yield names.say("stood", moment=moment, position=names.wording.number(as_of["position"]))
