"""What a stream tells, as models: events of the log, and changed answers. Both are CloudEvents 1.0."""

from datetime import datetime
from typing import Any

from .answers import Answer
from .sealable import SHAPES, opened


class CloudEvent(Answer):
    """`cursor` is where to go on after it. `subject` is the item or the question that it is about.

    `epoch` stands in webhooks: another one than before says that the log was restored from a backup in between.
    """

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    position: int
    cursor: str
    epoch: str | None = None


class Event(CloudEvent):
    """One event of the log. In `data`, words that may name a person are `{"value": text}`; in `plain()` text."""

    version: int
    principal: str
    groupposition: int
    correlationid: str | None = None
    data: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """`data` as people give and read it: words that may name a person are text. Sealed ones stay as they are."""
        read: dict[str, Any] = opened(self.data, SHAPES.get(self.type, {}))
        return read


class Cause(Answer):
    """An event that may have changed an answer. `changed_by`: who changed a claim in a later report, where known.

    `without_notice`: it was dropped, and nobody said why.
    """

    position: int
    type: str
    family: str
    subject: str
    reason: str | None
    principal: str
    changed_by: str | None = None
    without_notice: bool = False


class AskAgain(Answer):
    """The addresses of the answer before and after."""

    before: str
    after: str


class ChangedAnswer(Answer):
    """An answer before and after; None where what it is about was not there. Too large ones are left out.

    `families`: of change. A correction that moves a number is `record`, a new report `world`.
    """

    question: dict[str, Any]
    families: list[str]
    events: list[Cause]
    more_events: int = 0
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    too_large: bool = False
    ask: AskAgain


class AnswerChanged(CloudEvent):
    data: ChangedAnswer
