"""A client of Kroniek's API: commands, questions, and what is told live. Distributed as `kroniek-client`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .async_connection import AsyncListing, AsyncStream
    from .async_dossier import AsyncDossier
    from .commands import (
        CorrectActor,
        CorrectClaim,
        CorrectPlace,
        CorrectReport,
        CorrectSource,
        DescribeDossier,
        DescribeIncident,
        DiscreditReport,
        FileReport,
        GradeClaim,
        GradeSource,
        IssueAssessment,
        LinkClaims,
        Membership,
        MergeIncident,
        OpenDossier,
        OpenIncident,
        RecordControl,
        RecordFigure,
        RecordOccurrence,
        RecordStatement,
        RegisterActor,
        RegisterPlace,
        RegisterSource,
        ReinstateClaim,
        ReinstateStatement,
        RelateClaim,
        RetractActor,
        RetractClaim,
        RetractPlace,
        RetractReport,
        RetractSource,
        RetractStatement,
        ReviseAssessment,
        ReviseClaim,
        SplitIncident,
        UnlinkClaims,
        WithdrawAssessment,
        WithdrawClaim,
        WithdrawReport,
    )
    from .connection import Listing, Stream
    from .dossier import Dossier
    from .events import AnswerChanged, Event
    from .kroniek import AsyncKroniek, Kroniek
    from .problems import Conflict, LogReset, Moved, NotFound, Problem, Refused, Unauthorized, Unavailable

__all__ = [
    "AnswerChanged",
    "AsyncDossier",
    "AsyncKroniek",
    "AsyncListing",
    "AsyncStream",
    "Conflict",
    "CorrectActor",
    "CorrectClaim",
    "CorrectPlace",
    "CorrectReport",
    "CorrectSource",
    "DescribeDossier",
    "DescribeIncident",
    "DiscreditReport",
    "Dossier",
    "Event",
    "FileReport",
    "GradeClaim",
    "GradeSource",
    "IssueAssessment",
    "Kroniek",
    "LinkClaims",
    "Listing",
    "LogReset",
    "Membership",
    "MergeIncident",
    "Moved",
    "NotFound",
    "OpenDossier",
    "OpenIncident",
    "Problem",
    "RecordControl",
    "RecordFigure",
    "RecordOccurrence",
    "RecordStatement",
    "Refused",
    "RegisterActor",
    "RegisterPlace",
    "RegisterSource",
    "ReinstateClaim",
    "ReinstateStatement",
    "RelateClaim",
    "RetractActor",
    "RetractClaim",
    "RetractPlace",
    "RetractReport",
    "RetractSource",
    "RetractStatement",
    "ReviseAssessment",
    "ReviseClaim",
    "SplitIncident",
    "Stream",
    "Unauthorized",
    "Unavailable",
    "UnlinkClaims",
    "WithdrawAssessment",
    "WithdrawClaim",
    "WithdrawReport",
]

# Loaded when asked for: whoever takes one of them does not wait for the other half, nor for every command.
_HOMES = {
    "async_connection": ("AsyncListing", "AsyncStream"),
    "async_dossier": ("AsyncDossier",),
    "connection": ("Listing", "Stream"),
    "dossier": ("Dossier",),
    "events": ("AnswerChanged", "Event"),
    "kroniek": ("AsyncKroniek", "Kroniek"),
    "problems": (
        "Conflict", "LogReset", "Moved", "NotFound", "Problem", "Refused", "Unauthorized", "Unavailable",
    ),
}  # fmt: skip
_HOME = dict.fromkeys(__all__, "commands") | {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
