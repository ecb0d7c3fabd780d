"""One edition of a dataset: read and checked whole, compared with what is recorded, and sent as what it changes."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from rich.progress import Progress

from application.formats.edition.difference import (
    CommandLine,
    EditionDifference,
    NamedIds,
    Present,
    Step,
    creations,
    difference,
    incidents_asked,
    line_of,
    missing,
    refused,
)
from application.formats.edition.named import Edition, default_source
from application.formats.edition.namesakes import REGISTERS, DossierItems, Namesake, namesakes
from application.formats.edition.namesakes import Kind as ItemKind
from application.formats.edition.report import (
    EditionMake,
    EditionRefused,
    filed_as,
    place_among,
    report_of,
    standing,
    unfinished,
)
from application.formats.edition.rows import RowContent, RowFaults, RowReader, RowWanted
from application.formats.edition.settling import Item, Settled
from application.formats.edition.spellings import Spelling, Unclear
from domain import when
from domain.errors import DomainError
from domain.fields import SLUG
from domain.labels import LABELS_OF
from domain.vocabulary import HOUSE, Vocabulary
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.dataset_file import Format, Given, RowFault, RowsAtFault, read_rows
from interfaces.cli.mapping_files import NamedMapping, words_of
from interfaces.cli.output import Failed
from interfaces.messages.words import clean, joined

# What another import of the same edition may have done in the meantime: look again at what is left.
_DONE_BY_OTHERS = {"nothing_changes", "already_exists", "contended", "version_moved"}
ATTEMPTS = 3

# As the API calls the kinds of items that an edition may need.
KINDS = ("sources", "actors", "places", "reports")
# The time zone of a dossier that `--title` opens.
OPENED_IN = "UTC"

# Of a sort of words so many have labels: what a dossier is called is read as a whole.
MOST_LABELS = 2_000
# A cell says not in which language it is.
_ANY_LANGUAGE = "und"

# So many warnings are told each by itself.
WARNINGS_TOLD = 40
# What is only decided is sent in parts that leave room for all that each of them names.
TRIED_AT_ONCE = 1000

# So long without an event taken, nobody is at work on the read models.
STANDS_STILL_S = 60.0


@dataclass(frozen=True)
class Prepared:
    """A file that was read whole: what the record should say, and where each row stands.

    `saying_nothing`: the lines of rows that the mapping takes, and makes no claim of.
    """

    path: Path
    by: NamedMapping
    edition: Edition
    given: Given
    reader: RowReader
    rows: Sequence[RowWanted]
    lines: Sequence[int]

    @property
    def saying_nothing(self) -> Sequence[int]:
        return [line for line, row in zip(self.lines, self.rows, strict=True) if not row.claims]

    def way_to_lead(self, one: Namesake) -> str | None:
        """What leads all rows that name a new item, and no others, to the one that the dossier has; None if nothing."""
        first = one.others[0]
        if one.kind == "source" and one.id == self.edition.source:
            return f"`--source {first}`"
        entries = self.reader.entries_of(one.kind, one.id)
        if not one.alone or not entries:
            return None
        section, field_ = ("cited", "publishers") if one.kind == "source" else (f"{one.kind}s", "ids")
        # A JSON string is one of YAML too.
        led = ", ".join(f"{json.dumps(clean(name), ensure_ascii=False)}: {first}" for name in one.spellings)
        return f"`{field_}: {{{led}}}` in {joined(f'`{entry}`' for entry in entries)} of the mapping's `{section}`"

    @property
    def columns_not_taken(self) -> Sequence[str]:
        return self.given.not_taken


def asked_edition(by: NamedMapping, source: str | None, name: str, published: str) -> Edition:
    """The edition that the options of the command name.

    Raises:
        Failed: one of them cannot be.
    """
    source = source or (by.mapping.source.id if by.mapping.source else None)
    if source is None:
        raise Failed("--source is needed: the mapping names none.", 2)
    if not SLUG.fullmatch(source):
        raise Failed(f"--source {source!r} is not an id: lower-case letters, digits, '-', '_' and '.'.", 2)
    if not name.strip() or len(name) > 100:
        raise Failed("--edition has 1 to 100 characters.", 2)
    try:
        when.cut_off(published, field="published")
    except DomainError as refusal:
        raise Failed(f"--published: {refusal.message}", 2) from None
    return Edition(by.mapping.dataset, name.strip(), source, published)


def format_named(given: str | None) -> Format | None:
    match given:
        case None | "csv" | "ndjson" | "json":
            return given
        case _:
            raise Failed(f"--format is csv, ndjson or json, not {given!r}.", 2)


def read_edition(path: Path, by: NamedMapping, edition: Edition, format: Format | None, bar: Progress) -> Prepared:
    """Read a file by a mapping.

    Raises:
        RowsAtFault: rows that cannot be read, each of them.
    """
    reader = RowReader(by.mapping, edition)
    how = by.mapping.file
    given = read_rows(path, reader.columns, format=format, delimiter=how.delimiter, encoding=how.encoding)
    rows, lines, faults = list[RowWanted](), list[int](), list[RowFault]()
    first: dict[str, int] = {}
    for line, row in bar.track(given.rows, description="reading"):
        try:
            wanted = reader.read(row)
        except RowFaults as wrong:
            faults += [RowFault(line, fault.column, fault.message) for fault in wrong.faults]
            continue
        if wanted is None:
            continue
        if wanted.key in first:
            column = by.mapping.key[0]
            faults.append(RowFault(line, column, f"the key {wanted.key} stands on line {first[wanted.key]} already"))
        first.setdefault(wanted.key, line)
        rows.append(wanted)
        lines.append(line)
    if not rows and not faults:
        faults.append(RowFault(1, "", "the mapping takes none of the rows: see its `rows`"))
    if faults:
        raise RowsAtFault(path, faults)
    return Prepared(path, by, edition, given, reader, rows, lines)


@dataclass
class Done:
    """What came of an import, or would: the difference, and the items that were created for it.

    `spellings` are those that go by the id of an item which earlier rows spelt otherwise; `apart` are as near, and
    stay items of their own because the dossier has both. Of `unclear` it is the order of the rows that decides.
    `registered` are the commands that register what is new, `namesakes` those of them that the dossier may have.
    `labels`: how many words of rows are told as these spell them; `labels_left_out`: for how many there is no room.
    """

    difference: EditionDifference
    spellings: Sequence[Spelling] = ()
    apart: Sequence[Spelling] = ()
    unclear: Sequence[Unclear] = ()
    registered: Sequence[CommandLine] = ()
    namesakes: Sequence[Namesake] = ()
    created: Counter[str] = field(default_factory=Counter)
    is_there: bool = False
    labels: int = 0
    labels_left_out: int = 0
    position: int = 0
    other_mapping: str | None = None
    warnings: "Warnings" = field(default_factory=lambda: Warnings())


@dataclass
class Warnings:
    """What is worth a second look: the first of them in words, and how many of each code there are beside these."""

    told: dict[str, None] = field(default_factory=dict)
    more: Counter[str] = field(default_factory=Counter)

    def take(self, code: str, message: str) -> None:
        if message in self.told:
            return
        if len(self.told) < WARNINGS_TOLD:
            self.told[message] = None
        else:
            self.more[code] += 1


# A command, and the row that it comes from.
Sent = tuple[CommandLine, int | None]


@dataclass
class Plan:
    """`edition` is it as it is filed."""

    edition: Edition
    before: list[CommandLine]
    after: list[CommandLine]
    steps: Sequence[Step]
    done: Done

    @cached_property
    def first_rows(self) -> Mapping[str, int]:
        """By what they name: the first rows to do so."""
        found: dict[str, int] = {}
        for step in self.steps:
            if step.row is not None:
                for command in step.commands:
                    for word in _words_in(command):
                        found.setdefault(word, step.row)
        return found

    @property
    def size(self) -> int:
        return len(self.before) + len(self.after) + sum(len(step.commands) for step in self.steps)


class Import:
    def __init__(self, client: Client, dossier: str, prepared: Prepared, batch_size: int, bar: Progress) -> None:
        self._client = client
        self._dossier = dossier
        self._prepared = prepared
        self._edition = prepared.edition
        self._batch_size = batch_size
        self._bar = bar
        self._position = 0
        self._listed: dict[str, list[dict[str, Any]]] = {}

    def look_at_first(self) -> Done:
        """What the edition would make of a dossier that is not there yet.

        Nothing is asked of any dossier, so what one itself would warn of is not among the warnings.

        Raises:
            Failed: an import would be refused.
        """
        # Nothing is there of any kind.
        self._listed = {kind: [] for kind in KINDS}
        return self._planned(OPENED_IN, HOUSE, ()).done

    def look(self) -> Done:
        """What the edition would change, decided against the dossier as it is; nothing is recorded.

        Raises:
            Failed: an import would be refused.
        """
        plan = self._plan()
        self._send(plan, dry_run=True)
        return plan.done

    def carry_out(self) -> Done:
        """Record what the edition changes.

        Raises:
            Failed: a batch was refused; those before it were taken.
        """
        plan = self._plan()
        for attempt in range(ATTEMPTS):
            try:
                self._send(plan)
                break
            except BatchRefused as refused_:
                if not refused_.codes or refused_.codes - _DONE_BY_OTHERS or attempt == ATTEMPTS - 1:
                    raise
                left = self._plan()
                if left.size == plan.size:
                    raise
                left.done.difference.unchanged = plan.done.difference.unchanged
                plan = left
        plan.done.position = self._position
        self._await_reading()
        return plan.done

    def _plan(self) -> Plan:
        # Everything that is in the log by now is looked at, what this import recorded before too.
        self._listed.clear()
        self._await_reading()
        whole = self._get(min_position=self._position)
        zone = whole["time_zone"]
        self._position = max(self._position, whole["head"])
        self._await_reading()
        listed = self._get("datasets", min_position=self._position)["items"]
        editions: Sequence[Mapping[str, Any]] = next(
            (item["editions"] for item in listed if item["id"] == self._edition.dataset), []
        )
        plan = self._planned(zone, words_of(whole), editions)
        plan.before[:0] = self._labelled(whole, plan.done)
        return plan

    def _labelled(self, home: Mapping[str, Any], done: "Done") -> list[CommandLine]:
        """What has the dossier tell words that were made of cells as these spell them, where it has no label."""
        labels: dict[str, Any] = {}
        for sort, spelt in self._prepared.reader.spelt.items():
            held = home[LABELS_OF[sort]]
            room = max(0, MOST_LABELS - len(held))
            new = {word: {_ANY_LANGUAGE: cell} for word, cell in spelt.items() if word not in held}
            done.labels_left_out += max(0, len(new) - room)
            done.labels += min(len(new), room)
            if new and room:
                labels[LABELS_OF[sort]] = {**held, **dict(list(new.items())[:room])}
        if not labels:
            return []
        return [{"command": "describe_dossier", "id": home["id"], "set": labels, "if_version": home["etag"]}]

    def _planned(self, zone: str, words: Vocabulary, every: Sequence[Mapping[str, Any]]) -> Plan:
        """The plan for a dossier of this time zone and these words, which has these editions of the dataset."""
        editions = standing(every)
        edition, mapping = filed_as(every, self._edition), self._prepared.by.mapping
        file_digest, mapping_digest = self._prepared.given.digest, self._prepared.by.digest
        try:
            same = place_among(editions, edition, file_digest, mapping_digest, zone)
        except EditionRefused as refusal:
            raise Failed(f"{refusal}.") from None
        settled = self._settled()
        rows, gazetteer = settled.rows(self._prepared.rows), settled.gazetteer(self._prepared.reader.gazetteer)
        gazetteer = gazetteer.cited_in(edition.report)
        if why := unfinished(editions, edition):
            raise Failed(f"{why[0].upper()}{why[1:]}.")
        present = self._present(rows) if every else {}
        incidents: dict[str, Mapping[str, Any]] = {}
        if incidents_asked(rows, present, edition):
            incidents = {item["id"]: item for item in self._items("incidents")}
        found = difference(rows, present, edition, incidents)
        self._check(found.steps, zone, words)
        wanted = missing(found.steps, present.values(), gazetteer)
        if same is None:
            wanted.sources.add(edition.source)
        there = self._there(wanted)
        self._refuse_unknown(wanted, there)
        if (default := default_source(mapping, edition.source)) is not None:
            gazetteer.sources.setdefault(edition.source, default)
        before, after = creations(wanted, gazetteer, there)
        spellings, apart = settled.told(self._prepared.reader.spellings)
        created = Counter(str(command["command"]) for command in [*before, *after])
        registered = [command for command in before if command["command"] in REGISTERS]
        done = Done(
            found, spellings, apart, self._prepared.reader.unclear, registered, self._namesakes(registered), created,
            same is not None,
        )  # fmt: skip
        if same is None:
            made = EditionMake(self._prepared.by.name, file_digest, mapping_digest, found.statements)
            before.append(report_of(edition, mapping.label, made))
            earlier = EditionMake.read(editions[-1]["note"]) if editions else None
            if earlier is not None and earlier.mapping_digest != mapping_digest:
                done.other_mapping = earlier.mapping
        return Plan(edition, before, after, found.steps, done)

    def _get(self, *below: str, **parameters: Any) -> Any:
        return self._client.get(path_of("dossiers", self._dossier, *below), **parameters)

    def _settled(self) -> Settled:
        """Which items the dossier has, of those that rows spell in several ways."""
        spellings = [one for one in self._prepared.reader.spellings if one.own_id != one.id]
        asked = NamedIds()
        for one in spellings:
            (asked.places if one.kind == "place" else asked.actors).update((one.id, one.own_id))
        found = self._there(asked)
        there: set[Item] = {("place", id_) for id_ in found.places}
        there |= {("actor", id_) for id_ in found.actors}
        return Settled.of(spellings, there)

    def _present(self, rows: Sequence[RowWanted]) -> dict[str, Present]:
        """The dataset as it is recorded. What says the same as a row shares the row's content: it is held once."""
        path = path_of("dossiers", self._dossier, "datasets", self._edition.dataset, "claims")
        wanted: dict[str, RowContent] = {id_: content for row in rows for id_, content in row.claims.items()}
        found: dict[str, Present] = {}
        for told in self._client.lines(path, min_position=self._position):
            held = Present.read(told)
            same = wanted.get(told["id"])
            found[told["id"]] = held if held.content != same else held.with_content(same)
        return found

    def _there(self, wanted: NamedIds) -> NamedIds:
        """Which items there are already, of the kinds that something is wanted of."""

        def ids(kind: str, some: set[str]) -> set[str]:
            if not some:
                return set()
            return {item["id"] for item in self._items(kind) if item["id"] in some}

        return NamedIds(*(ids(kind, getattr(wanted, kind)) for kind in KINDS))

    def _items(self, kind: str) -> Sequence[Mapping[str, Any]]:
        """The items of a kind that the dossier has, asked for once in a plan."""
        if kind not in self._listed:
            path = path_of("dossiers", self._dossier, kind)
            self._listed[kind] = list(self._client.all(path, limit=1000, min_position=self._position))
        return self._listed[kind]

    def _namesakes(self, registered: Sequence[CommandLine]) -> list[Namesake]:
        kinds: set[ItemKind] = {REGISTERS[command["command"]] for command in registered}
        there = {kind: DossierItems.of(kind, self._items(f"{kind}s")) for kind in kinds}
        return list(namesakes(registered, there))

    def _refuse_unknown(self, wanted: NamedIds, there: NamedIds) -> None:
        gazetteer, mapping = self._prepared.reader.gazetteer, self._prepared.by.mapping
        known = {edition.id for edition in [mapping.source] if edition is not None}
        for kind in KINDS:
            held: Mapping[str, Any] = getattr(gazetteer, kind)
            unknown = getattr(wanted, kind) - getattr(there, kind) - held.keys()
            unknown -= known if kind == "sources" else set()
            if unknown:
                raise Failed(
                    f"There is no {kind[:-1]} {min(unknown)!r} in dossier {self._dossier}, and nothing says how "
                    "to make it: register it first."
                )

    def _check(self, steps: Sequence[Step], time_zone: str, vocabulary: Vocabulary) -> None:
        """What the rules of the domain have against what rows would have recorded, told at their lines."""
        faults: list[RowFault] = []
        for step in self._bar.track(steps, description="checking"):
            if step.row is None:
                continue
            for command in step.commands:
                for refusal in refused(command, time_zone, vocabulary):
                    told = f"{command['id']}: {refusal.message}"
                    faults.append(RowFault(self._prepared.lines[step.row], "", told))
        if faults:
            raise RowsAtFault(self._prepared.path, faults)

    def _send(self, plan: Plan, *, dry_run: bool = False) -> None:
        task = self._bar.add_task("checking against the dossier" if dry_run else "sending", total=plan.size)
        # With the way out of it, which the dossier cannot know.
        told_already = {(f"register_{one.kind}", one.id) for one in plan.done.namesakes if one.of == "name"}
        path = path_of("dossiers", self._dossier, "batches")
        for batch in self._batches(plan, min(self._batch_size, TRIED_AT_ONCE) if dry_run else self._batch_size):
            # What is not recorded is not there for the next part: each brings with it what it names.
            lent = list(_creations_named(plan, batch)) if dry_run else []
            sent = [*((command, None) for command in lent), *batch]
            lines = [line_of(command, plan.edition) for command, _ in sent]
            try:
                answer = self._client.post_lines(path, lines, **({"dry_run": "true"} if dry_run else {}))
            except Refused as refusal:
                raise self._refusal(refusal, plan, sent, dry_run=dry_run) from None
            for item in answer["items"]:
                command = sent[item["line"] - 1][0]
                for warning in item["warnings"]:
                    if warning["code"] == "same_name" and (command["command"], command["id"]) in told_already:
                        continue
                    told = f"{self._place(plan, *sent[item['line'] - 1])}: {clean(warning['message'])}"
                    plan.done.warnings.take(warning["code"], told)
            if not dry_run:
                self._position = max(self._position, answer["position"])
            self._bar.advance(task, len(batch))
        self._bar.remove_task(task)

    def _batches(self, plan: Plan, size: int) -> Iterator[list[Sent]]:
        """Everything in the order in which it names each other, with its row. A step is never torn."""
        batch: list[Sent] = []
        created: Iterator[list[Sent]] = ([(command, None)] for command in [*plan.before, *plan.after])
        stepped: Iterator[list[Sent]] = ([(command, step.row) for command in step.commands] for step in plan.steps)
        for group in chain(created, stepped):
            if batch and len(batch) + len(group) > size:
                yield batch
                batch = []
            batch.extend(group)
        if batch:
            yield batch

    def _place(self, plan: Plan, command: CommandLine, row: int | None) -> str:
        """Where a command comes from: its row, or that which first names what it creates, and its id."""
        row = plan.first_rows.get(command["id"]) if row is None else row
        where = self._prepared.path if row is None else f"{self._prepared.path}:{self._prepared.lines[row]}"
        return f"{where}: {command['id']}"

    def _await_reading(self) -> None:
        """Until the read models have all that was recorded, as long as they come nearer."""
        task = self._bar.add_task("becoming readable", total=None)
        reached, since = 0, time.monotonic()
        while True:
            try:
                self._get(min_position=self._position)
                break
            except Refused as refusal:
                if refusal.code_name != "not_there_yet":
                    raise
                now_at = refusal.body.get("position", 0)
                if now_at != reached:
                    reached, since = now_at, time.monotonic()
                elif time.monotonic() - since > STANDS_STILL_S:
                    raise Failed(
                        f"The read models stand at position {reached:,} of {self._position:,} and come no further. Is "
                        "a worker running, and of this release? All is recorded; run the import again to finish."
                    ) from None
                self._bar.update(task, total=self._position, completed=reached)
        self._bar.remove_task(task)

    def _refusal(self, refusal: Refused, plan: Plan, sent: Sequence[Sent], *, dry_run: bool) -> "BatchRefused":
        errors = refusal.body.get("errors", ())
        if not errors:
            return BatchRefused(refusal.message, frozenset())
        told = [f"{self._place(plan, *sent[error['line'] - 1])}: {clean(error['detail'])}" for error in errors[:20]]
        if len(errors) > len(told):
            told.append(f"... and {len(errors) - len(told):,} more.")
        codes = frozenset(str(error["code"]) for error in errors)
        if "retracted_reference" in codes:
            told.append(
                "Where a word of a row leads to what was retracted, the mapping's `ids` may lead it to another item; "
                "or reinstate that one."
            )
        if dry_run:
            told.append("The import would be refused for this; nothing was sent.")
        else:
            told.append("The batch with these was not taken, those before it were: mend this and run the import again.")
        return BatchRefused("\n".join(told), codes)


class BatchRefused(Failed):
    """A part of an import was refused, for these codes."""

    def __init__(self, message: str, codes: frozenset[str]) -> None:
        super().__init__(message)
        self.codes = codes


def _creations_named(plan: Plan, batch: Sequence[Sent]) -> Iterator[CommandLine]:
    """The commands that create what a part of an import names, and what those name in turn, that are not in it."""
    here = {(command["command"], command["id"]) for command, _ in batch}
    created: dict[str, list[CommandLine]] = {}
    for command in (*plan.before, *plan.after):
        if (command["command"], command["id"]) not in here:
            created.setdefault(command["id"], []).append(command)
    wanted: set[tuple[str, str]] = set()
    ahead = [command for command, _ in batch]
    while ahead and created:
        named = {word for command in ahead for word in _words_in(command)}
        ahead = [command for id_ in named & created.keys() for command in created.pop(id_)]
        wanted |= {(command["command"], command["id"]) for command in ahead}
    for command in (*plan.before, *plan.after):
        if (command["command"], command["id"]) in wanted:
            yield command


def _words_in(value: Any) -> Iterator[str]:
    """Every string in a command: the ids that it names are among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _words_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _words_in(inner)
