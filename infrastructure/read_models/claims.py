"""The claims of a dossier, each a list of statements: rows that say what each could be found by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY

from application.event_log import Recorded
from application.projection import Rows
from domain import claim
from domain.claim import Claim, ClaimEvent, ClaimStatementReinstated, ClaimStatementRetracted
from domain.content import Content, Control, Figure, Occurrence, actors_of, is_period, span
from domain.events import Event
from domain.likeness import likeness
from domain.snapshots import is_of_part
from domain.statements import Made, standing
from domain.tolls import reach_of
from domain.topic import counted
from domain.when import Span
from infrastructure.rows.states import Part
from infrastructure.rows.versioned import row_table, versioned_table

# What became of a claim as a whole. One that nothing has happened to since it was recorded has no row here.
claims = versioned_table(
    "claims",
    "claim_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("retracted", Boolean, nullable=False),
        Column("retracted_because", Text),
        Column("credibility", SmallInteger),
        Column("graded_because", Text),
    ],
)


def _made_columns() -> list[Column[Any]]:
    """Of a statement as its claim has it; in the order of `_made_values`."""
    return [
        Column("report_id", Text, nullable=False),
        Column("ended", Boolean, nullable=False),
        Column("follows", Integer),
        Column("own", ARRAY(Text), nullable=False),
        Column("changed_by", Text),
        Column("without_notice", Boolean, nullable=False),
        Column("reason", Text),
        Column("content", Text, nullable=False),
    ]


# Those that stand: one that we retracted has no row here, and no question finds it.
statements = versioned_table(
    "statements",
    "claim_id",
    key=[Column("number", Integer, nullable=False)],
    values=[
        # Among those that stand, from 0: what comes first is what its source said first.
        Column("ordinal", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        *_made_columns(),
        Column("kind", Text, nullable=False),
        Column("measure", Text),
        # Which questions it is for, and what of: see `_nature_and_topic`.
        Column("nature", Text, nullable=False),
        # Empty where there is none, so that the index can be walked from one to the next.
        Column("topic", Text, nullable=False),
        Column("place_id", Text, nullable=False),
        Column("claimant_id", Text, nullable=False),
        Column("actors", ARRAY(Text), nullable=False),
        # When it may have begun and ended to be so; all null where the report gives no date.
        Column("earliest_start", BigInteger),
        Column("latest_start", BigInteger),
        Column("earliest_end", BigInteger),
        Column("latest_end", BigInteger),
        # Of flows and occurrences, how many bits the length of that has: what may have been at a moment is found by it.
        Column("reach", SmallInteger),
        # Of states and stocks, whether that is long: what began long ago may then still bear on a moment.
        Column("long", Boolean, nullable=False),
        # What makes two figures or two occurrences alike; empty for other kinds.
        Column("likeness", Text, nullable=False),
    ],
)
_s = statements.c
Index("statements_in_order", _s.dossier_id, _s.generation, _s.recorded_position)
Index(
    "statements_by_topic",
    _s.dossier_id, _s.generation, _s.nature, _s.place_id, _s.topic, _s.claimant_id, _s.earliest_start,
)  # fmt: skip
Index(
    "statements_in_time",
    _s.dossier_id,
    _s.generation,
    _s.reach,
    _s.earliest_start,
    postgresql_where=_s.reach.is_not(None),
)
Index(
    "statements_that_are_long",
    _s.dossier_id,
    _s.generation,
    _s.nature,
    _s.place_id,
    _s.topic,
    _s.claimant_id,
    postgresql_where=_s.long,
)
# For a report's claims, and for those of them that tell the same.
Index("statements_by_report", _s.dossier_id, _s.generation, _s.report_id, _s.likeness)

# Kept for the account of a claim, and for reinstating them. `place`: in the list of all statements, from 0.
retracted_statements = versioned_table(
    "retracted_statements",
    "claim_id",
    key=[Column("number", Integer, nullable=False)],
    values=[
        Column("place", Integer, nullable=False),
        *_made_columns(),
        Column("retracted_because", Text, nullable=False),
    ],
)

relations = versioned_table(
    "relations",
    "claim_id",
    key=[Column("relation", Text, nullable=False), Column("to_claim", Text, nullable=False)],
    values=[],
)
Index("relations_to", relations.c.dossier_id, relations.c.generation, relations.c.to_claim)

_content: TypeAdapter[Content] = TypeAdapter(Content)


ALL_STATEMENTS = Part(statements.name, "number", follows="follows", last_by="ordinal")


def part_for(events: Collection[Event]) -> Part:
    """As much of a claim as tells what some events change of it, however many statements it has besides.

    A claim stands, or is withdrawn, by its last one that was not retracted: where that changes, all are told.
    """
    if any(isinstance(event, (ClaimStatementRetracted, ClaimStatementReinstated)) for event in events):
        return ALL_STATEMENTS
    changed = (claim.statements_changed(event) for event in events if isinstance(event, ClaimEvent))
    return replace(ALL_STATEMENTS, numbers=frozenset[int]().union(*changed))


@dataclass(frozen=True, slots=True)
class ClaimState:
    version: int
    recorded_position: int
    time_zone: str
    claim: Claim


class Claims:
    name = "claims"
    version = 8
    stream_kind = "claim"
    # The widest first: its rows are written while the next events are folded.
    tables = (row_table(statements), row_table(claims), row_table(relations), row_table(retracted_statements))

    def fold(self, state: ClaimState | None, recorded: Recorded[ClaimEvent], time_zone: str) -> ClaimState:
        first = state.recorded_position if state else recorded.position
        held = claim.evolve(state.claim if state else None, recorded.event)
        return ClaimState(recorded.version, first, time_zone, held)

    def rows(self, state: ClaimState) -> Rows:
        held = state.claim
        return {
            "claims": {(): _claim_row(state)} if state.version > 1 else {},
            "statements": {
                (made.number,): _statement_row(state, nth, made) for nth, made in enumerate(standing(held.statements))
            },
            "retracted_statements": {
                (made.number,): (place, *_made_values(made), made.retracted_because)
                for place, made in enumerate(held.statements)
                if made.retracted
            },
            "relations": dict.fromkeys(held.relations, ()),
        }

    def state(self, stream_id: str, rows: Rows) -> ClaimState:
        version, retracted, retracted_because, credibility, graded_because = rows["claims"].get((), _UNTOUCHED)
        statements_held, gone = rows["statements"].items(), rows["retracted_statements"].items()
        places = sorted(place for _, (place, *_) in gone)
        made = [(_place(ordinal, places), _made(n, values[:_MADE])) for (n,), (ordinal, _, *values) in statements_held]
        made += [(place, _made(n, values, because)) for (n,), (place, *values, because) in gone]
        first = next(iter(rows["statements"].values()))[1]
        held = Claim(
            tuple(each for _, each in sorted(made, key=lambda placed: placed[0])),
            retracted,
            retracted_because,
            credibility,
            graded_because,
            frozenset(rows["relations"]),
        )
        # The time zone comes with every event that is folded; between events it decides nothing.
        return ClaimState(version, first, "UTC", held)


# How many columns a statement as its claim has it takes.
_MADE = len(_made_columns())
_UNTOUCHED = (1, False, None, None, None)


def _claim_row(state: ClaimState) -> tuple[Any, ...]:
    held = state.claim
    return (state.version, held.retracted, held.retracted_because, held.credibility, held.graded_because)


def _statement_row(state: ClaimState, ordinal: int, made: Made) -> tuple[Any, ...]:
    content = made.content
    figure = content if isinstance(content, Figure) else None
    so = span(content, state.time_zone)
    nature, topic = _nature_and_topic(content)
    return (
        ordinal,
        state.recorded_position,
        *_made_values(made),
        content.kind,
        None if figure is None else figure.measure,
        nature,
        topic,
        content.place or "",
        content.claimant or "",
        actors_of(content),
        *((so.earliest_start, so.latest_start, so.earliest_end, so.latest_end) if so else (None,) * 4),
        _reach(content, so),
        nature in ("stock", "control") and so is not None and so.latest_end - so.earliest_start > LONG,
        likeness(content, state.time_zone),
    )


def _made_values(made: Made) -> tuple[Any, ...]:
    return (
        made.report,
        made.ended,
        made.after,
        sorted(made.own),
        made.changed_by,
        made.without_notice,
        made.reason,
        made.content.model_dump_json(exclude_defaults=True),
    )


def _made(number: int, values: Sequence[Any], retracted_because: str | None = None) -> Made:
    report, ended, follows, own, changed_by, without_notice, reason, content = values
    return Made(
        number,
        report,
        _content.validate_json(content),
        after=follows,
        own=frozenset(own),
        ended=ended,
        changed_by=changed_by,
        without_notice=without_notice,
        reason=reason,
        retracted_because=retracted_because,
    )


def _place(ordinal: int, retracted: Sequence[int]) -> int:
    """Where in the list of all statements one stands, by where it stands among those that were not retracted."""
    place = ordinal
    for before in retracted:
        if before <= place:
            place += 1
    return place


# In the order of the index. A claim that tells what is intended answers no question, and is found with its topic.
NATURES = ("stock", "flow", "control", "occurrence", "statement", "intended")
UNDATED = -1
# Two days, which may have 25 hours each.
LONG = 2 * 25 * 3_600_000_000


def _nature_and_topic(content: Content) -> tuple[str, str]:
    """The kind of question that a statement bears on, and what it is about there, the place apart.

    Of figures what is counted; of captures and withdrawals which of these it is; of control of whom what is told, since
    a voice's word about one leaves what it said of another.
    """
    match content:
        case Figure():
            nature, topic = "flow" if is_period(content) else "stock", counted(content)
        case Control():
            nature, topic = "control", control_topic(content)
        case Occurrence() if content.type in ("capture", "withdrawal"):
            nature, topic = "control", content.type
        case _:
            return content.kind, ""
    return "intended" if content.hedge == "intended" else nature, topic


HEDGED = "_hedged"


def control_topic(told: Control) -> str:
    """The state, apart for who holds the whole of a place or is absent from it, and for a hedge, and its actor.

    What somebody does not vouch for makes nothing old of what they vouch for.
    """
    partly = "_partly" if told.status in ("controls", "absent") and is_of_part(told) else ""
    hedged = HEDGED if told.hedge is not None else ""
    return f"{told.status}{partly}{hedged}:{told.actor or ''}"


def _reach(content: Content, so: Span | None) -> int | None:
    if not isinstance(content, Occurrence) and not is_period(content):
        return None
    return UNDATED if so is None else reach_of(so)
