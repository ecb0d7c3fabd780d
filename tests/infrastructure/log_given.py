"""What the tests of the log append: sources, because they need no other stream."""

from collections.abc import Sequence

from application.event_log import Append, Guard
from domain.events import Event
from domain.fields import StreamRef
from domain.source import SourceDetails, SourceGraded, SourceRegistered


def source(name: str) -> StreamRef:
    return StreamRef("source", name)


def registered(name: str = "Syrian Observatory") -> SourceRegistered:
    return SourceRegistered(details=SourceDetails(name=name, kind="monitor"))


def graded(reason: str = "right before") -> SourceGraded:
    return SourceGraded(reliability="B", reason=reason)


def an_append(
    dossier: str,
    stream: str,
    expected: int = 0,
    *,
    events: Sequence[Event] | None = None,
    command: str | None = None,
    content: bytes = b"content",
    principal: str = "desk",
    guards: Sequence[Guard] = (),
    causation: str | None = None,
    correlation: str | None = None,
) -> Append:
    if events is None:
        events = [graded()] if expected else [registered()]
    return Append(
        dossier_id=dossier,
        stream=source(stream),
        expected_version=expected,
        events=events,
        principal=principal,
        command_id=command or f"{stream}-{expected}",
        command_content=content,
        guards=guards,
        causation_id=causation,
        correlation_id=correlation,
    )
