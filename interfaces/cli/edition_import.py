"""One edition of a dataset: read and checked whole, compared with what is recorded, and sent as what it changes."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    line_of,
    missing,
    refused,
)
from application.formats.edition.named import Edition, default_source
from application.formats.edition.report import EditionMake, EditionRefused, place_among, report_of, unfinished
from application.formats.edition.rows import RowFaults, RowReader, RowWanted
from domain import when
from domain.errors import DomainError
from domain.fields import SLUG
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.dataset_file import Format, Given, RowFault, RowsAtFault, read_rows
from interfaces.cli.mapping_files import NamedMapping
from interfaces.cli.output import Failed
from interfaces.messages.words import clean

# What another import of the same edition may have done in the meantime: look again at what is left.
_DONE_BY_OTHERS = {"nothing_changes", "already_exists", "contended"}
ATTEMPTS = 3

# So long without an event taken, nobody is at work on the read models.
STANDS_STILL_S = 60.0


@dataclass(frozen=True)
class Prepared:
    """A file that was read whole: what the record should say, and where each row stands."""

    path: Path
    by: NamedMapping
    edition: Edition
    given: Given
    reader: RowReader
    rows: Sequence[RowWanted]
    lines: Sequence[int]

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
    """What came of an import, or would: the difference, and the items that were created for it."""

    difference: EditionDifference
    created: Counter[str] = field(default_factory=Counter)
    is_there: bool = False
    position: int = 0
    other_mapping: str | None = None


@dataclass
class Plan:
    before: list[CommandLine]
    after: list[CommandLine]
    steps: Sequence[Step]
    done: Done

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
        self._wanted = {id_: content for row in prepared.rows for id_, content in row.claims.items()}

    def look(self) -> Done:
        """What the edition would change."""
        return self._plan().done

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
            except Refused as refusal:
                codes = {error["code"] for error in refusal.body.get("errors", ())}
                if not codes or codes - _DONE_BY_OTHERS or attempt == ATTEMPTS - 1:
                    raise Failed(self._refusal(refusal)) from None
                left = self._plan()
                if left.size == plan.size:
                    raise Failed(self._refusal(refusal)) from None
                left.done.difference.unchanged = plan.done.difference.unchanged
                plan = left
        plan.done.position = self._position
        self._await_reading()
        return plan.done

    def _plan(self) -> Plan:
        edition, mapping = self._edition, self._prepared.by.mapping
        # Everything that is in the log by now is looked at, what this import recorded before too.
        self._await_reading()
        whole = self._get(min_position=self._position)
        zone = whole["time_zone"]
        self._position = max(self._position, whole["head"])
        self._await_reading()
        listed = self._get("datasets", min_position=self._position)["items"]
        editions: Sequence[Mapping[str, Any]] = next(
            (item["editions"] for item in listed if item["id"] == edition.dataset), []
        )
        file_digest, mapping_digest = self._prepared.given.digest, self._prepared.by.digest
        try:
            same = place_among(editions, edition, file_digest, mapping_digest, zone)
        except EditionRefused as refusal:
            raise Failed(f"{refusal}.") from None
        present = self._present() if editions else {}
        if why := unfinished(editions, edition, Counter(held.report for held in present.values())):
            raise Failed(f"{why[0].upper()}{why[1:]}.")
        found = difference(self._prepared.rows, present, edition)
        self._check(found.steps, zone)
        wanted = missing(found.steps, present.values(), self._prepared.reader.gazetteer)
        if same is None:
            wanted.sources.add(edition.source)
        there = self._there(wanted)
        self._refuse_unknown(wanted, there)
        gazetteer = self._prepared.reader.gazetteer
        if (default := default_source(mapping, edition.source)) is not None:
            gazetteer.sources.setdefault(edition.source, default)
        before, after = creations(wanted, gazetteer, there)
        done = Done(found, Counter(str(command["command"]) for command in [*before, *after]), same is not None)
        if same is None:
            made = EditionMake(self._prepared.by.name, file_digest, mapping_digest, found.statements)
            before.append(report_of(edition, mapping.label, made))
            earlier = EditionMake.read(editions[-1]["note"]) if editions else None
            if earlier is not None and earlier.mapping_digest != mapping_digest:
                done.other_mapping = earlier.mapping
        return Plan(before, after, found.steps, done)

    def _get(self, *below: str, **parameters: Any) -> Any:
        return self._client.get(path_of("dossiers", self._dossier, *below), **parameters)

    def _present(self) -> dict[str, Present]:
        """The dataset as it is recorded. What says the same as a row shares the row's content: it is held once."""
        path = path_of("dossiers", self._dossier, "datasets", self._edition.dataset, "claims")
        found: dict[str, Present] = {}
        for told in self._client.lines(path, min_position=self._position):
            held = Present.read(told)
            same = self._wanted.get(told["id"])
            found[told["id"]] = held if held.content != same else held.with_content(same)
        return found

    def _there(self, wanted: NamedIds) -> NamedIds:
        """Which items there are already, of the kinds that something is wanted of."""

        def ids(kind: str, some: set[str]) -> set[str]:
            if not some:
                return set()
            path = path_of("dossiers", self._dossier, kind)
            listed = self._client.all(path, limit=1000, min_position=self._position)
            return {item["id"] for item in listed if item["id"] in some}

        return NamedIds(*(ids(kind, getattr(wanted, kind)) for kind in ("sources", "actors", "places", "reports")))

    def _refuse_unknown(self, wanted: NamedIds, there: NamedIds) -> None:
        gazetteer, mapping = self._prepared.reader.gazetteer, self._prepared.by.mapping
        known = {edition.id for edition in [mapping.source] if edition is not None}
        for kind in ("sources", "actors", "places", "reports"):
            held: Mapping[str, Any] = getattr(gazetteer, kind)
            unknown = getattr(wanted, kind) - getattr(there, kind) - held.keys()
            unknown -= known if kind == "sources" else set()
            if unknown:
                raise Failed(
                    f"There is no {kind[:-1]} {min(unknown)!r} in dossier {self._dossier}, and nothing says how "
                    "to make it: register it first."
                )

    def _check(self, steps: Sequence[Step], time_zone: str) -> None:
        """What the rules of the domain have against what rows would have recorded, told at their lines."""
        faults: list[RowFault] = []
        for step in self._bar.track(steps, description="checking"):
            if step.row is None:
                continue
            for command in step.commands:
                for refusal in refused(command, time_zone):
                    told = f"{command['id']}: {refusal.message}"
                    faults.append(RowFault(self._prepared.lines[step.row], "", told))
        if faults:
            raise RowsAtFault(self._prepared.path, faults)

    def _send(self, plan: Plan) -> None:
        task = self._bar.add_task("sending", total=plan.size)
        for batch in self._batches(plan):
            lines = [line_of(command, self._edition) for command in batch]
            answer = self._client.post_lines(path_of("dossiers", self._dossier, "batches"), lines)
            self._position = max(self._position, answer["position"])
            self._bar.advance(task, len(batch))
        self._bar.remove_task(task)

    def _batches(self, plan: Plan) -> Iterator[list[CommandLine]]:
        """Everything in the order in which it names each other. A step is never torn."""
        batch: list[CommandLine] = []
        for group in (*([command] for command in [*plan.before, *plan.after]), *(step.commands for step in plan.steps)):
            if batch and len(batch) + len(group) > self._batch_size:
                yield batch
                batch = []
            batch.extend(group)
        if batch:
            yield batch

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

    def _refusal(self, refusal: Refused) -> str:
        errors = refusal.body.get("errors", ())
        if not errors:
            return refusal.message
        told = [f"{self._edition.report}: {clean(error['detail'])}" for error in errors[:20]]
        if len(errors) > len(told):
            told.append(f"... and {len(errors) - len(told):,} more.")
        told.append("The batch with these was not taken, those before it were: mend this and run the import again.")
        return "\n".join(told)
