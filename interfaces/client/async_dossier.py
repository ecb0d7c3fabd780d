"""One dossier, with asyncio. `python -m interfaces.client.generator` writes it from `dossier.py`."""

from collections.abc import AsyncIterator, Mapping, Sequence
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
from .async_connection import AsyncConnection, AsyncListing, AsyncStream
from .commands import Command
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


class AsyncDossier:
    """One dossier. Clocks are keywords: `at`, `reported_by`, `as_of`, `certainty`; dates do as well as text."""

    def __init__(self, connection: AsyncConnection, id: str) -> None:
        self._connection, self.id = connection, id

    async def send(self, command: Command, *, if_match: str | None = None, key: str | None = None) -> Done:
        """Carry out one command, once: `key` is its Idempotency-Key, one for all its tries, made here if left out.

        A change says which version of the item it is meant for, `if_match=item.etag`, or "*" for whatever it is.

        Raises:
            Moved: the item is at another version. Conflict, Refused, NotFound: it cannot be done.
            Unavailable: nobody answered in time; it may have been done. Send it again with the same `key` to know.
        """
        return await self._connection.ask(asking.sent(Done, self.id, command, if_match, key))

    async def batch(self, commands: Sequence[Command | tuple[Command, str]], *, dry_run: bool = False) -> BatchDone:
        """Carry out many commands, all or none. Beside a command may stand the version that it is meant for.

        Raises:
            Problem: some are refused; its `lines` say which.
        """
        return await self._connection.ask(asking.batched(BatchDone, self.id, commands, dry_run=dry_run))

    async def read(self, **asked: Unpack[asking.Recorded]) -> DossierItem:
        return await self._get(DossierItem, asked, "")

    async def position_at(self, moment: Moment) -> int:
        """The last position that was recorded at or before a moment; 0 before the first."""
        found = await self._get(Position, {"as_of": moment, "limit": 1}, "sources")
        return found.position

    def sources(self, **asked: Unpack[asking.ItemsAsked]) -> AsyncListing[Source]:
        return self._list(Page[Source], asked, "sources")

    async def source(self, id: str, **asked: Unpack[asking.Recorded]) -> Source:
        return await self._get(Source, asked, "sources/{}", id)

    def actors(self, **asked: Unpack[asking.KnownElsewhereAsked]) -> AsyncListing[Actor]:
        return self._list(Page[Actor], asked, "actors")

    async def actor(self, id: str, **asked: Unpack[asking.Recorded]) -> Actor:
        return await self._get(Actor, asked, "actors/{}", id)

    def places(self, **asked: Unpack[asking.KnownElsewhereAsked]) -> AsyncListing[Place]:
        return self._list(Page[Place], asked, "places")

    async def place(self, id: str, **asked: Unpack[asking.Recorded]) -> Place:
        return await self._get(Place, asked, "places/{}", id)

    def reports(self, **asked: Unpack[asking.ItemsAsked]) -> AsyncListing[Report]:
        return self._list(Page[Report], asked, "reports")

    async def report(self, id: str, **asked: Unpack[asking.Recorded]) -> Report:
        return await self._get(Report, asked, "reports/{}", id)

    def incidents(self, **asked: Unpack[asking.IncidentsAsked]) -> AsyncListing[Incident]:
        return self._list(Page[Incident], asked, "incidents")

    async def incident(self, id: str, **asked: Unpack[asking.Reported]) -> Incident:
        return await self._get(Incident, asked, "incidents/{}", id)

    def persons(self, **asked: Unpack[asking.PersonsAsked]) -> AsyncListing[Person]:
        return self._list(Page[Person], asked, "persons")

    async def person(self, id: str, **asked: Unpack[asking.Recorded]) -> Person:
        return await self._get(Person, asked, "persons/{}", id)

    def claims(self, **asked: Unpack[asking.ClaimsAsked]) -> AsyncListing[Claim]:
        return self._list(Page[Claim], asked, "claims")

    async def claim(self, id: str, **asked: Unpack[asking.Reported]) -> Claim:
        return await self._get(Claim, asked, "claims/{}", id)

    def assessments(self, **asked: Unpack[asking.AssessmentsAsked]) -> AsyncListing[Assessment]:
        return self._list(Page[Assessment], asked, "assessments")

    async def assessment(self, id: str, **asked: Unpack[asking.Reported]) -> Assessment:
        return await self._get(Assessment, asked, "assessments/{}", id)

    async def history(self, kind: ItemKind, id: str, **asked: Unpack[asking.HistoryAsked]) -> History:
        """Every event of an item, oldest first, all pages together; `limit` is how many are asked for at a time."""
        page = whole = await self._get(History, asked, f"{kind}s/{{}}/history", id)
        while page.next is not None:
            page = await self._get(History, {**asked, "cursor": page.next}, f"{kind}s/{{}}/history", id)
            whole.items.extend(page.items)
            whole.reports.extend(page.reports)
        reports = {one.position: one for one in whole.reports}
        return whole.model_copy(update={"next": None, "reports": [reports[position] for position in sorted(reports)]})

    async def datasets(self, **asked: Unpack[asking.Recorded]) -> Datasets:
        return await self._get(Datasets, asked, "datasets")

    async def dataset_claims(self, id: str, **asked: Unpack[asking.Recorded]) -> AsyncIterator[DatasetClaim]:
        """What the last edition of a dataset says, claim by claim, as it comes."""
        async with self._connection.streamed(
            asking.get(object, below(self.id, "datasets/{}/claims", id), asked)
        ) as response:
            async for line in response.aiter_lines():
                yield DatasetClaim.model_validate_json(line)

    async def control(self, place: str, **asked: Unpack[asking.ControlAsked]) -> Control:
        """Who is said to hold a place."""
        return await self._get(Control, asked, "places/{}/control", place)

    def topics(self, **asked: Unpack[asking.TopicsAsked]) -> AsyncListing[Topic]:
        """What is counted."""
        return self._list(Page[Topic], asked, "figures")

    async def figures(self, topic: str, **asked: Unpack[asking.FiguresAsked]) -> Figures:
        """Everything that was said of a topic, and what it comes to under a rule."""
        return await self._get(Figures, {"topic": topic, **asked}, "figures")

    async def sums(self, measure: str, **asked: Unpack[asking.SumsAsked]) -> Sums:
        """What the editions of datasets add up to, under sum-of-edition@2."""
        return await self._get(Sums, {"rule": "sum-of-edition@2", "measure": measure, **asked}, "figures")

    async def situation(self, **asked: Unpack[asking.SituationAsked]) -> Situation:
        """The map and the numbers for a triple of clocks."""
        return await self._get(Situation, asked, "situation")

    def disagreements(self, **asked: Unpack[asking.DisagreementsAsked]) -> AsyncListing[Disagreement]:
        """Who contradicts whom."""
        return self._list(Page[Disagreement], asked, "disagreements")

    async def record(self, source: str, **asked: Unpack[asking.Reported]) -> SourceRecord:
        """The record of a source."""
        return await self._get(SourceRecord, asked, "sources/{}/record", source)

    def corrections(self, **asked: Unpack[asking.CorrectionsAsked]) -> AsyncListing[Correction]:
        """Everything that changed after it was first recorded."""
        return self._list(Page[Correction], asked, "corrections")

    def changes(
        self, before: asking.Clocked, after: asking.Clocked | None = None, **asked: Unpack[asking.ChangesAsked]
    ) -> AsyncListing[Change]:
        """The claims that differ in two pictures, each by its clocks: `changes({"as_of": 120}, {"as_of": 170})`."""
        return self._list(Page[Change], asking.two_pictures(before, after or {}, asked), "changes")

    def changed_findings(
        self, before: asking.Clocked, after: asking.Clocked | None = None, **asked: Unpack[asking.ChangesAsked]
    ) -> AsyncListing[ChangedFinding]:
        """What is found differently in two pictures: they are the same if nothing is, and no claim differs."""
        return self._list(Page[ChangedFinding], asking.two_pictures(before, after or {}, asked), "changes/findings")

    def events(
        self, *, after: int | str = 0, limit: int = 1000, **which: Unpack[asking.EventsAsked]
    ) -> AsyncListing[Event]:
        """The events of the log after a place, up to its end."""
        return self._log(Page[Event], {"limit": limit, "after": after, **which}, "events")

    def follow(
        self,
        *,
        after: int | str = 0,
        on_broken: OnBroken | None = None,
        on_resumed: OnResumed | None = None,
        **which: Unpack[asking.EventsAsked],
    ) -> AsyncStream[Event]:
        """The events after a place (a position, a cursor, or "now"), then every one that is recorded, without end.

        `on_broken` hears why a connection broke, before it is tried again; what it raises ends the following.
        """
        path = below(self.id, "events")
        return AsyncStream(self._connection, self.id, Following(Event, path, which, after, on_broken, on_resumed))

    def answers(
        self,
        question: WatchedQuestion,
        *,
        after: int | str = 0,
        limit: int = 100,
        **about: Unpack[asking.WatchedAsked],
    ) -> AsyncListing[AnswerChanged]:
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
    ) -> AsyncStream[AnswerChanged]:
        """As `follow`: each time that the answer changes, before and after."""
        params = {"question": question, **about}
        path = below(self.id, "answers")
        return AsyncStream(
            self._connection, self.id, Following(AnswerChanged, path, params, after, on_broken, on_resumed)
        )

    async def subscribe(
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
        return await self._connection.ask(
            asking.subscribed(NewSubscription, self.id, url, watch or {}, after, id, name)
        )

    def subscriptions(self) -> AsyncListing[Subscription]:
        return self._list(Page[Subscription], {}, "subscriptions")

    async def subscription(self, id: str) -> Subscription:
        return await self._get(Subscription, {}, "subscriptions/{}", id)

    async def change_subscription(self, id: str, *, url: str | None = None, name: str | None = None) -> Subscription:
        changed = {field: value for field, value in (("url", url), ("name", name)) if value is not None}
        return await self._connection.ask(
            Ask("PATCH", below(self.id, "subscriptions/{}", id), Subscription, json=changed)
        )

    async def pause(self, id: str, *, because: str | None = None) -> Subscription:
        return await self._post(Subscription, {"because": because} if because else {}, "subscriptions/{}/pause", id)

    async def resume(self, id: str) -> Subscription:
        """Goes on where it stands."""
        return await self._post(Subscription, None, "subscriptions/{}/resume", id)

    async def replay(self, id: str, after: int) -> Subscription:
        """Goes on after a position: what was delivered since is delivered again, with the ids that it had."""
        return await self._post(Subscription, {"from": after}, "subscriptions/{}/replay", id)

    async def rotate(self, id: str, *, overlap_s: int = 86400) -> NewSecret:
        """A new secret, shown this once; the old one signs too for as long as they overlap."""
        path = below(self.id, "subscriptions/{}/secret", id)
        return await self._connection.ask(Ask("POST", path, NewSecret, json={"overlap_s": overlap_s}, again=False))

    def deliveries(self, id: str, **asked: Unpack[asking.Paged]) -> AsyncListing[Delivery]:
        """Every attempt, the newest first."""
        return self._list(Page[Delivery], asked, "subscriptions/{}/deliveries", id)

    async def unsubscribe(self, id: str) -> None:
        await self._connection.ask(Ask("DELETE", below(self.id, "subscriptions/{}", id), type(None)))

    async def _get(self, answer: type[T], params: Mapping[str, Any], path: str, *ids: str) -> T:
        return await self._connection.ask(asking.get(answer, below(self.id, path, *ids), params))

    def _list(self, page: type[Page[T]], params: Mapping[str, Any], path: str, *ids: str) -> AsyncListing[T]:
        return AsyncListing(self._connection, asking.get(page, below(self.id, path, *ids), params))

    def _log(self, page: type[Page[T]], params: Mapping[str, Any], path: str) -> AsyncListing[T]:
        return AsyncListing(self._connection, asking.get(page, below(self.id, path), params), goes_on="after")

    async def _post(self, answer: type[T], body: Mapping[str, Any] | None, path: str, *ids: str) -> T:
        return await self._connection.ask(Ask("POST", below(self.id, path, *ids), answer, json=body))
