"""The naive evaluator's incidents and assessments: which survive, what an assessment rests on, and what moved it."""

from typing import Any

from application.event_log import Recorded
from tests.naive import UNSAID, Asked, Dossier, Row, as_text, passed

MOVES_A_CLAIM = {
    "claim.revised", "claim.withdrawn", "claim.corrected", "claim.retracted", "claim.reinstated",
    "claim.statement_retracted", "claim.statement_reinstated",
}  # fmt: skip
MOVES_A_REPORT = {"report.corrected", "report.withdrawn", "report.discredited", "report.retracted"}


def incident_of(dossier: Dossier, claim_id: str) -> str | None:
    """The surviving incident that a claim tells of; of several the one whose id comes first."""
    linked = [id_ for id_, incident in dossier.items["incident"].items() if claim_id in incident["claims"]]
    return min((survivor(dossier, id_) for id_ in linked), default=None)


def survivor(dossier: Dossier, incident_id: str) -> str:
    into = dossier.items["incident"][incident_id]["merged_into"]
    return incident_id if into is None else survivor(dossier, into)


def same_origin_of(dossier: Dossier, claim_id: str) -> str | None:
    """The assessment that stands and holds the claim to share its origin with others."""
    return min(
        (
            id_
            for id_, assessment in dossier.items["assessment"].items()
            if assessment["withdrawn"] is None and claim_id in assessment["details"].get("same_origin", [])
        ),
        default=None,
    )


def incidents(dossier: Dossier) -> list[Row]:
    return [
        incident_shown(dossier, incident)
        for incident in sorted(dossier.items["incident"].values(), key=lambda incident: incident["from"])
    ]


def incident_shown(dossier: Dossier, incident: Row) -> Row:
    """With what is merged into it, from however far."""
    within = [id_ for id_ in dossier.items["incident"] if incident["id"] in way_up(dossier, id_)]
    return {
        "id": incident["id"],
        **UNSAID["incident"],
        **as_text(incident["details"]),
        "claims": sorted({claim for id_ in within for claim in dossier.items["incident"][id_]["claims"]}),
        "merged": sorted(set(within) - {incident["id"]}),
        "merged_into": incident["merged_into"],
        "survivor": survivor(dossier, incident["id"]),
        "version": incident["version"],
        "recorded_position": incident["from"],
    }


def way_up(dossier: Dossier, incident_id: str) -> list[str]:
    """An incident, what it is merged into, and so on."""
    into = dossier.items["incident"][incident_id]["merged_into"]
    return [incident_id] if into is None else [incident_id, *way_up(dossier, into)]


def assessments(dossier: Dossier, asked: Asked) -> list[Row]:
    """Those about a time that may take in `at`, and those about no time; each with what moved its basis since."""
    return [
        assessment_shown(dossier, asked, assessment)
        for assessment in sorted(dossier.items["assessment"].values(), key=lambda assessment: assessment["from"])
        if may_hold(dossier, assessment["details"], asked.at)
    ]


def assessment_shown(dossier: Dossier, asked: Asked, assessment: Row) -> Row:
    """A move is told as (position, type, reason)."""
    basis = [
        {"claim": claim, "moved": moves(dossier, asked, claim, assessment["assessed"])}
        for claim in assessment["details"]["claims"]
    ]
    moved = sorted(move for each in basis for move in each["moved"])
    return {
        "id": assessment["id"],
        **UNSAID["assessment"],
        **as_text(assessment["details"]),
        "assessed_position": assessment["assessed"],
        "withdrawn_because": assessment["withdrawn"],
        "version": assessment["version"],
        "recorded_position": assessment["from"],
        "basis": basis,
        "moved": bool(moved),
        "moved_since": moved[0][0] if moved else None,
    }


def moves(dossier: Dossier, asked: Asked, claim_id: str, after: int) -> list[tuple[int, str, str | None]]:
    """What moved a claim of a basis after a position: an event of its own, or of a report that it stood in then."""
    return [
        (recorded.position, recorded.event.type, getattr(recorded.event, "reason", None))
        for recorded in dossier.log
        if recorded.position > after and is_move(dossier, asked, claim_id, recorded)
    ]


def is_move(dossier: Dossier, asked: Asked, claim_id: str, recorded: Recorded) -> bool:
    event: Any = recorded.event
    if event.type in MOVES_A_CLAIM and recorded.stream.id == claim_id:
        if event.type not in ("claim.revised", "claim.withdrawn"):
            return True
        said = dossier.items["claim"][claim_id]["said"]
        carried_by = next(one["report"] for one in said if one["number"] == event.statement)
        return asked.reported_by is None or dossier.out(carried_by, asked)
    if event.type not in MOVES_A_REPORT:
        return False
    then = Dossier(dossier.log, recorded.position).items["claim"].get(claim_id, {"said": []})
    if recorded.stream.id not in {one["report"] for one in then["said"] if not one.get("unsaid")}:
        return False
    if event.type == "report.corrected":
        return not {"published", "published_bounds"}.isdisjoint(event.set)
    if event.type != "report.withdrawn" or asked.reported_by is None:
        return True
    return dossier.out(event.report, asked) if event.report else passed(dossier.bounds(event.when), asked)


def may_hold(dossier: Dossier, dated: Row, at: int | None) -> bool:
    """Whether what has a `when`, or none, may hold at a moment."""
    if at is None or "when" not in dated:
        return True
    then = dossier.bounds(dated["when"])
    return then.earliest <= at <= then.latest
