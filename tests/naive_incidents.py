"""The naive evaluator's incidents and assessments: which survive, what an assessment rests on, and what moved it."""

from dataclasses import replace
from typing import Any

from application.event_log import Recorded
from domain import when
from tests import naive_rules
from tests.naive import UNSAID, Asked, Dossier, Row, as_text, passed

MOVES_A_CLAIM = {
    "claim.revised", "claim.withdrawn", "claim.corrected", "claim.retracted", "claim.reinstated",
    "claim.statement_retracted", "claim.statement_reinstated",
}  # fmt: skip
MOVES_A_REPORT = {
    "report.corrected", "report.withdrawn", "report.withdrawal_retracted", "report.discredited",
    "report.discrediting_lifted", "report.retracted", "report.reinstated",
}  # fmt: skip


def incidents_of(dossier: Dossier, claim_id: str) -> list[str]:
    """The surviving incidents that a claim tells of."""
    linked = [id_ for id_ in dossier.items["incident"] if claim_id in told_of(dossier, id_)]
    return sorted({survivor(dossier, id_) for id_ in linked})


def told_of(dossier: Dossier, incident_id: str) -> set[str]:
    """The claims that are linked to it itself; nothing tells of one that was retracted."""
    incident = dossier.items["incident"][incident_id]
    return set() if incident["retracted"] else incident["claims"]


def goes_into(dossier: Dossier, incident_id: str) -> str | None:
    """What it is merged into, while neither of the two is retracted."""
    incidents = dossier.items["incident"]
    into = incidents[incident_id]["merged_into"]
    if into is None or incidents[incident_id]["retracted"] or incidents[into]["retracted"]:
        return None
    return str(into)


def survivor(dossier: Dossier, incident_id: str) -> str:
    into = goes_into(dossier, incident_id)
    return incident_id if into is None else survivor(dossier, into)


def same_origin_of(dossier: Dossier, claim_id: str) -> str | None:
    """Of the assessments that hold it to share its origin, and of those that name others of these: the first."""
    held = {
        id_: set(assessment["details"].get("same_origin", []))
        for id_, assessment in dossier.items["assessment"].items()
        if assessment["withdrawn"] is None
    }
    sharing = {claim_id}
    for _ in held:
        sharing = sharing.union(*(claims for claims in held.values() if claims & sharing))
    return min((id_ for id_, claims in held.items() if claims & sharing), default=None)


def incidents(dossier: Dossier) -> list[Row]:
    return [
        incident_shown(dossier, incident)
        for incident in sorted(dossier.items["incident"].values(), key=lambda incident: incident["from"])
    ]


def incidents_by_then(dossier: Dossier, asked: Asked) -> list[Row]:
    """Each with the claims that were out by the cut-off; without those of which no claim was."""
    told = []
    for shown in incidents(dossier):
        linked = [dossier.items["claim"][id_] for id_ in shown["claims"]]
        ever = replace(asked, reported_by=None)
        stand = [claim for claim in linked if not claim["retracted"] and dossier.in_force(claim, ever)]
        out = [claim["id"] for claim in stand if dossier.in_force(claim, asked)]
        if asked.reported_by is None:
            gone = [id_ for id_ in shown["claims"] if id_ not in out]
            told.append(shown | ({"not_in_force": gone} if gone else {}) | still_told(dossier, asked, shown))
        elif out or not stand:
            by_then = {"claims": out, "not_reported": len(stand) - len(out)}
            told.append(shown | by_then | still_told(dossier, asked, shown))
    return told


def still_told(dossier: Dossier, asked: Asked, shown: Row) -> Row:
    """Whether anybody tells of it by these clocks, and which of its claims that were out nobody stands by."""
    why: dict[str, str | None] = {}
    for id_ in shown["claims"]:
        claim = dossier.items["claim"][id_]
        said = None if claim["retracted"] else dossier.in_force(claim, asked)
        if said:
            discredited = "discredited" if "discredited" in dossier.filed(said["report"]) else None
            withdrawn = dossier.status(claim, said, asked) == "withdrawn"
            why[id_] = "withdrawn" if withdrawn else discredited
    aside = [{"claim": id_, "why": because} for id_, because in why.items() if because]
    if shown["retracted"]:
        standing = "retracted"
    elif None in why.values():
        standing = "stands"
    elif shown["claims"] and (why or all(never_said(dossier, asked, id_) for id_ in shown["claims"])):
        standing = "nothing_left"
    else:
        standing = "not_reported" if shown["claims"] else "unlinked"
    return {"standing": standing} | ({"set_aside": aside} if aside else {})


def never_said(dossier: Dossier, asked: Asked, claim_id: str) -> bool:
    """That it, or every report of it, was retracted."""
    claim = dossier.items["claim"][claim_id]
    return bool(claim["retracted"] or not dossier.in_force(claim, replace(asked, reported_by=None)))


def incident_shown(dossier: Dossier, incident: Row) -> Row:
    """With what is merged into it, from however far."""
    within = [id_ for id_ in dossier.items["incident"] if incident["id"] in way_up(dossier, id_)]
    return {
        "id": incident["id"],
        **UNSAID["incident"],
        **as_text(incident["details"]),
        "claims": sorted({claim for id_ in within for claim in told_of(dossier, id_)}),
        "merged": sorted(set(within) - {incident["id"]}),
        "merged_into": incident["merged_into"],
        "survivor": survivor(dossier, incident["id"]),
        "retracted": incident["retracted"],
        "version": incident["version"],
        "recorded_position": incident["from"],
    }


def way_up(dossier: Dossier, incident_id: str) -> list[str]:
    """An incident, what it is merged into, and so on."""
    into = goes_into(dossier, incident_id)
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
    ever = replace(asked, reported_by=None)
    known = [dossier.items["claim"][id_] for id_ in assessment["details"]["claims"]]
    stand = [claim for claim in known if not claim["retracted"] and dossier.in_force(claim, ever)]
    later = [claim["id"] for claim in stand if not dossier.in_force(claim, asked)]
    return {
        **({"not_out": later} if later else {}),
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
    if recorded.stream.kind != "report":
        return False
    then, before = (Dossier(dossier.log, at) for at in (recorded.position, recorded.position - 1))
    said = then.items["claim"].get(claim_id, {"said": []})["said"]
    stood_in = [one["report"] for one in said if not one.get("unsaid")]
    if any(then.survivor("report", one) != before.survivor("report", one) for one in stood_in):
        return True
    if recorded.stream.id not in {then.survivor("report", one) for one in stood_in}:
        return False
    if event.type not in MOVES_A_REPORT:
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
    then = when.parse(dated["when"], dossier.time_zone)
    so = when.Span(then.start.earliest, then.start.latest, then.end.earliest, then.end.latest)
    return naive_rules.may_be_of({"so": so, "time_zone": dossier.time_zone}, at)
