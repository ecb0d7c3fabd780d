"""One dossier: every command, every question, and what is told of it live."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar, Unpack

from . import asking
from .answers import (
    Actor,
    Assessment,
    BatchDone,
    Claim,
    DatasetClaim,
    Datasets,
    Done,
    DossierItem,
    History,
    Incident,
    Page,
    Person,
    Place,
    Position,
    Report,
    Source,
)
from .asking import Ask, ItemKind, Moment, WatchedQuestion, below
from .commands import Command
from .connection import Connection, Listing, Stream
from .events import AnswerChanged, Event
from .findings import (
    Change,
    ChangedFinding,
    Control,
    Correction,
    Disagreement,
    Figures,
    Situation,
    SourceRecord,
    Sums,
    Topic,
)
from .following import Following, OnBroken, OnResumed
from .subscriptions import Delivery, NewSecret, NewSubscription, Subscription

T = TypeVar("T")


class Dossier:
    """One dossier. Clocks are keywords: `at`, `reported_by`, `as_of`, `certainty`; dates do as well as text."""

    def __init__(self, connection: Connection, id: str) -> None:
        self._connection, self.id = connection, id

    def send(self, command: Command, *, if_match: str | None = None, key: str | None = None) -> Done:
        """Carry out one command, once: `key` is its Idempotency-Key, one for all its tries, made here if left out.

        A change says which version of the item it is meant for, `if_match=item.etag`, or "*" for whatever it is.

        Raises:
            Moved: the item is at another version. Conflict, Refused, NotFound: it cannot be done.
            Unavailable: nobody answered in time; it may have been done. Send it again with the same `key` to know.
        """
        return self._connection.ask(asking.sent(Done, self.id, command, if_match, key))

    def batch(self, commands: Sequence[Command | tuple[Command, str]], *, dry_run: bool = False) -> BatchDone:
        """Carry out many commands, all or none. Beside a command may stand the version that it is meant for.

        Raises:
            Problem: some are refused; its `lines` say which.
        """
        return self._connection.ask(asking.batched(BatchDone, self.id, commands, dry_run=dry_run))

    def read(self, **asked: Unpack[asking.Recorded]) -> DossierItem:
        return self._get(DossierItem, asked, "")

    def position_at(self, moment: Moment) -> int:
        """The last position that was recorded at or before a moment; 0 before the first."""
        found = self._get(Position, {"as_of": moment, "limit": 1}, "sources")
        return found.position

    def sources(self, **asked: Unpack[asking.ItemsAsked]) -> Listing[Source]:
        return self._list(Page[Source], asked, "sources")

    def source(self, id: str, **asked: Unpack[asking.Recorded]) -> Source:
        return self._get(Source, asked, "sources/{}", id)

    def actors(self, **asked: Unpack[asking.KnownElsewhereAsked]) -> Listing[Actor]:
        return self._list(Page[Actor], asked, "actors")

    def actor(self, id: str, **asked: Unpack[asking.Recorded]) -> Actor:
        return self._get(Actor, asked, "actors/{}", id)

    def places(self, **asked: Unpack[asking.KnownElsewhereAsked]) -> Listing[Place]:
        return self._list(Page[Place], asked, "places")

    def place(self, id: str, **asked: Unpack[asking.Recorded]) -> Place:
        return self._get(Place, asked, "places/{}", id)

    def reports(self, **asked: Unpack[asking.ItemsAsked]) -> Listing[Report]:
        return self._list(Page[Report], asked, "reports")

    def report(self, id: str, **asked: Unpack[asking.Recorded]) -> Report:
        return self._get(Report, asked, "reports/{}", id)

    def incidents(self, **asked: Unpack[asking.IncidentsAsked]) -> Listing[Incident]:
        return self._list(Page[Incident], asked, "incidents")

    def incident(self, id: str, **asked: Unpack[asking.Reported]) -> Incident:
        return self._get(Incident, asked, "incidents/{}", id)

    def persons(self, **asked: Unpack[asking.PersonsAsked]) -> Listing[Person]:
        return self._list(Page[Person], asked, "persons")

    def person(self, id: str, **asked: Unpack[asking.Recorded]) -> Person:
        return self._get(Person, asked, "persons/{}", id)

    def claims(self, **asked: Unpack[asking.ClaimsAsked]) -> Listing[Claim]:
        return self._list(Page[Claim], asked, "claims")

    def claim(self, id: str, **asked: Unpack[asking.Reported]) -> Claim:
        return self._get(Claim, asked, "claims/{}", id)

    def assessments(self, **asked: Unpack[asking.AssessmentsAsked]) -> Listing[Assessment]:
        return self._list(Page[Assessment], asked, "assessments")

    def assessment(self, id: str, **asked: Unpack[asking.Reported]) -> Assessment:
        return self._get(Assessment, asked, "assessments/{}", id)

    def history(self, kind: ItemKind, id: str, **asked: Unpack[asking.HistoryAsked]) -> History:
        """Every event of an item, oldest first, all pages together; `limit` is how many are asked for at a time."""
        page = whole = self._get(History, asked, f"{kind}s/{{}}/history", id)
        while page.next is not None:
            page = self._get(History, {**asked, "cursor": page.next}, f"{kind}s/{{}}/history", id)
            whole.items.extend(page.items)
            whole.reports.extend(page.reports)
        reports = {one.position: one for one in whole.reports}
        return whole.model_copy(update={"next": None, "reports": [reports[position] for position in sorted(reports)]})

    def datasets(self, **asked: Unpack[asking.Recorded]) -> Datasets:
        return self._get(Datasets, asked, "datasets")

    def dataset_claims(self, id: str, **asked: Unpack[asking.Recorded]) -> Iterator[DatasetClaim]:
        """What the last edition of a dataset says, claim by claim, as it comes."""
        with self._connection.streamed(asking.get(object, below(self.id, "datasets/{}/claims", id), asked)) as response:
            for line in response.iter_lines():
                yield DatasetClaim.model_validate_json(line)

    def control(self, place: str, **asked: Unpack[asking.ControlAsked]) -> Control:
        """Who is said to hold a place."""
        return self._get(Control, asked, "places/{}/control", place)

    def topics(self, **asked: Unpack[asking.TopicsAsked]) -> Listing[Topic]:
        """What is counted."""
        return self._list(Page[Topic], asked, "figures")

    def figures(self, topic: str, **asked: Unpack[asking.FiguresAsked]) -> Figures:
        """Everything that was said of a topic, and what it comes to under a rule."""
        return self._get(Figures, {"topic": topic, **asked}, "figures")

    def sums(self, measure: str, **asked: Unpack[asking.SumsAsked]) -> Sums:
        """What the editions of datasets add up to, under sum-of-edition@2."""
        return self._get(Sums, {"rule": "sum-of-edition@2", "measure": measure, **asked}, "figures")

    def situation(self, **asked: Unpack[asking.SituationAsked]) -> Situation:
        """The map and the numbers for a triple of clocks."""
        return self._get(Situation, asked, "situation")

    def disagreements(self, **asked: Unpack[asking.DisagreementsAsked]) -> Listing[Disagreement]:
        """Who contradicts whom."""
        return self._list(Page[Disagreement], asked, "disagreements")

    def record(self, source: str, **asked: Unpack[asking.Reported]) -> SourceRecord:
        """The record of a source."""
        return self._get(SourceRecord, asked, "sources/{}/record", source)

    def corrections(self, **asked: Unpack[asking.CorrectionsAsked]) -> Listing[Correction]:
        """Everything that changed after it was first recorded."""
        return self._list(Page[Correction], asked, "corrections")

    def changes(
        self, before: asking.Clocked, after: asking.Clocked | None = None, **asked: Unpack[asking.ChangesAsked]
    ) -> Listing[Change]:
        """The claims that differ in two pictures, each by its clocks: `changes({"as_of": 120}, {"as_of": 170})`."""
        return self._list(Page[Change], asking.two_pictures(before, after or {}, asked), "changes")

    def changed_findings(
        self, before: asking.Clocked, after: asking.Clocked | None = None, **asked: Unpack[asking.ChangesAsked]
    ) -> Listing[ChangedFinding]:
        """What is found differently in two pictures: they are the same if nothing is, and no claim differs."""
        return self._list(Page[ChangedFinding], asking.two_pictures(before, after or {}, asked), "changes/findings")

    def events(self, *, after: int | str = 0, limit: int = 1000, **which: Unpack[asking.EventsAsked]) -> Listing[Event]:
        """The events of the log after a place, up to its end."""
        return self._log(Page[Event], {"limit": limit, "after": after, **which}, "events")

    def follow(
        self,
        *,
        after: int | str = 0,
        on_broken: OnBroken | None = None,
        on_resumed: OnResumed | None = None,
        **which: Unpack[asking.EventsAsked],
    ) -> Stream[Event]:
        """The events after a place (a position, a cursor, or "now"), then every one that is recorded, without end.

        `on_broken` hears why a connection broke, before it is tried again; what it raises ends the following.
        """
        path = below(self.id, "events")
        return Stream(self._connection, self.id, Following(Event, path, which, after, on_broken, on_resumed))

    def answers(
        self,
        question: WatchedQuestion,
        *,
        after: int | str = 0,
        limit: int = 100,
        **about: Unpack[asking.WatchedAsked],
    ) -> Listing[AnswerChanged]:
        """How an answer changed, and which events did it: `answers("control", place="hajin")`."""
        params = {"question": question, "limit": limit, "after": after, **about}
        return self._log(Page[AnswerChanged], params, "answers")

    def follow_answer(
        self,
        question: WatchedQuestion,
        *,
        after: int | str = 0,
        on_broken: OnBroken | None = None,
        on_resumed: OnResumed | None = None,
        **about: Unpack[asking.WatchedAsked],
    ) -> Stream[AnswerChanged]:
        """As `follow`: each time that the answer changes, before and after."""
        params = {"question": question, **about}
        path = below(self.id, "answers")
        return Stream(self._connection, self.id, Following(AnswerChanged, path, params, after, on_broken, on_resumed))

    def subscribe(
        self,
        url: str,
        watch: Mapping[str, Any] | None = None,
        *,
        after: int | Literal["now"] = "now",
        id: str | None = None,
        name: str | None = None,
    ) -> NewSubscription:
        """Have what is watched sent to an address: filters as in `follow`, or a `question` as in `follow_answer`.

        Not tried again by itself, since the secret is shown once. With an `id` a second try is told that it is there.
        """
        return self._connection.ask(asking.subscribed(NewSubscription, self.id, url, watch or {}, after, id, name))

    def subscriptions(self) -> Listing[Subscription]:
        return self._list(Page[Subscription], {}, "subscriptions")

    def subscription(self, id: str) -> Subscription:
        return self._get(Subscription, {}, "subscriptions/{}", id)

    def change_subscription(self, id: str, *, url: str | None = None, name: str | None = None) -> Subscription:
        changed = {field: value for field, value in (("url", url), ("name", name)) if value is not None}
        return self._connection.ask(Ask("PATCH", below(self.id, "subscriptions/{}", id), Subscription, json=changed))

    def pause(self, id: str, *, because: str | None = None) -> Subscription:
        return self._post(Subscription, {"because": because} if because else {}, "subscriptions/{}/pause", id)

    def resume(self, id: str) -> Subscription:
        """Goes on where it stands."""
        return self._post(Subscription, None, "subscriptions/{}/resume", id)

    def replay(self, id: str, after: int) -> Subscription:
        """Goes on after a position: what was delivered since is delivered again, with the ids that it had."""
        return self._post(Subscription, {"from": after}, "subscriptions/{}/replay", id)

    def rotate(self, id: str, *, overlap_s: int = 86400) -> NewSecret:
        """A new secret, shown this once; the old one signs too for as long as they overlap."""
        path = below(self.id, "subscriptions/{}/secret", id)
        return self._connection.ask(Ask("POST", path, NewSecret, json={"overlap_s": overlap_s}, again=False))

    def deliveries(self, id: str, **asked: Unpack[asking.Paged]) -> Listing[Delivery]:
        """Every attempt, the newest first."""
        return self._list(Page[Delivery], asked, "subscriptions/{}/deliveries", id)

    def unsubscribe(self, id: str) -> None:
        self._connection.ask(Ask("DELETE", below(self.id, "subscriptions/{}", id), type(None)))

    def _get(self, answer: type[T], params: Mapping[str, Any], path: str, *ids: str) -> T:
        return self._connection.ask(asking.get(answer, below(self.id, path, *ids), params))

    def _list(self, page: type[Page[T]], params: Mapping[str, Any], path: str, *ids: str) -> Listing[T]:
        return Listing(self._connection, asking.get(page, below(self.id, path, *ids), params))

    def _log(self, page: type[Page[T]], params: Mapping[str, Any], path: str) -> Listing[T]:
        return Listing(self._connection, asking.get(page, below(self.id, path), params), goes_on="after")

    def _post(self, answer: type[T], body: Mapping[str, Any] | None, path: str, *ids: str) -> T:
        return self._connection.ask(Ask("POST", below(self.id, path, *ids), answer, json=body))
