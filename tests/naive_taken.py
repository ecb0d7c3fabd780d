"""The naive evaluator's origins: from what a claim or a report is taken, and why that stands no more."""

from collections.abc import Iterator
from typing import Any

from domain import when
from tests import naive_rules

Row = dict[str, Any]


def of_report(dossier: Any, report: Row, asked: Any) -> list[Row]:
    return [*origins(dossier, report, [], asked, None, {}, None)]


def of_claim(dossier: Any, claim: Row, said: Row, asked: Any) -> list[Row]:
    content, so = said["content"], dossier.so(said["content"], said["report"])
    report = dossier.filed(dossier.said_in(claim, said))
    return [*origins(dossier, report, listed(content, "rests_on"), asked, claim["id"], content, so)]


def listed(held: Row, field: str) -> list[str]:
    given = held.get(field, [])
    return [given] if isinstance(given, str) else given


def origins(
    dossier: Any, report: Row, rests_on: list[str], asked: Any, claim: str | None, content: Row, so: Any
) -> Iterator[Row]:
    for how, named in (("derived_from", listed(report["details"], "derived_from")), ("rests_on", rests_on)):
        for far, id_ in by_distance(dossier, report["id"], named):
            other = dossier.items["report"][id_]
            gone = report_gone(dossier, other, asked)
            if gone is None and claim is not None:
                there = lambda said, id_=id_: dossier.survivor("report", said["report"]) == id_  # noqa: E731
                gone = claims_gone(dossier, there, asked, claim, content, so)
            if far == 0 or gone:
                told = {"how": how, "report": id_, "published": other["details"]["published"]}
                yield told | ({"gone": gone} if gone else {})
    for source in dict.fromkeys(dossier.survivor("source", id_) for id_ in listed(report["details"], "credits")):
        gone = None
        if claim is not None:
            its = lambda said, source=source: claimant(dossier, said["content"]) == source  # noqa: E731
            gone = claims_gone(dossier, its, asked, claim, content, so)
        if gone is None and claimant(dossier, content) == source:
            continue
        yield {"how": "credits", "source": source} | ({"gone": gone} if gone else {})


def by_distance(dossier: Any, report_id: str, named: list[str]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    far, here = 0, named
    while here:
        ends = [dossier.survivor("report", id_) for id_ in here]
        new = [id_ for id_ in dict.fromkeys(ends) if id_ != report_id and id_ not in [known for _, known in found]]
        found += [(far, id_) for id_ in new]
        here = [other for id_ in new for other in listed(dossier.items["report"][id_]["details"], "derived_from")]
        far += 1
    return found


def claimant(dossier: Any, content: Row) -> str | None:
    return dossier.survivor("source", content["claimant"]) if "claimant" in content else None


def report_gone(dossier: Any, report: Row, asked: Any) -> Row | None:
    if report["retracted"]:
        return {"why": "retracted"}
    if dossier.report_taken_back(report["id"], asked):
        end = report["withdrawn"]
        return {"why": "withdrawn"} | (in_report(dossier, end["report"]) if "report" in end else {"when": end["when"]})
    return {"why": "discredited"} if "discredited" in report else None


def in_report(dossier: Any, report_id: str) -> Row:
    report = dossier.filed(report_id)
    return {"report": report["id"], "when": report["details"]["published"]}


def claims_gone(dossier: Any, there: Any, asked: Any, mine: str, content: Row, so: Any) -> Row | None:
    """None while anybody who said the same there stands by it."""
    ends = []
    for id_, claim in sorted(dossier.items["claim"].items()):
        for said in claim["said"]:
            was_said = not said.get("unsaid") and not said["ended"] and dossier.out(said["report"], asked)
            if id_ == mine or not was_said or not there(said):
                continue
            meets = may_meet(so, dossier.so(said["content"], said["report"]))
            if meets and says_the_same(dossier, content, said["content"]):
                ends.append(gone_since(dossier, claim, asked, content))
    return None if None in ends or not ends else ends[0]


def may_meet(one: when.Span | None, other: when.Span | None) -> bool:
    return (
        one is None
        or other is None
        or max(one.earliest_start, other.earliest_start) <= min(one.latest_end, other.latest_end)
    )


def gone_since(dossier: Any, claim: Row, asked: Any, content: Row) -> Row | None:
    now = dossier.in_force(claim, asked)
    which = {"claim": claim["id"]}
    match dossier.status(claim, now, asked):
        case "retracted":
            return {"why": "retracted"} | which
        case "withdrawn":
            report, date = dossier.taken_back(claim, now, asked)
            back = in_report(dossier, report) if report is not None else {"when": date}
            return {"why": "withdrawn"} | back | which
    if "discredited" in dossier.filed(now["report"]):
        return {"why": "discredited"} | which
    if says_the_same(dossier, content, now["content"]):
        return None
    return {"why": "revised"} | in_report(dossier, now["report"]) | which


def says_the_same(dossier: Any, one: Row, other: Row) -> bool:
    def named(content: Row, field: str, kind: str) -> str | None:
        return dossier.survivor(kind, content[field]) if field in content else None

    if one["kind"] != other["kind"] or named(one, "place", "place") != named(other, "place", "place"):
        return False
    match one["kind"]:
        case "figure":
            for field in ("measure", "unit", "group"):
                if one.get(field) != other.get(field):
                    return False
            if (one.get("dimensions") or {}) != (other.get("dimensions") or {}):
                return False
            if named(one, "subject", "actor") != named(other, "subject", "actor"):
                return False
            by = {named(one, "by", "actor"), named(other, "by", "actor")} - {None}
            if len(by) == 2 or len({one.get("cause"), other.get("cause")} - {None}) == 2:
                return False
            mine, theirs = naive_rules.word_range(one), naive_rules.word_range(other)
            return mine is not None and theirs is not None and naive_rules.meet(mine, theirs)
        case "control":
            same = one["status"] == other["status"]
            return bool(same and named(one, "actor", "actor") == named(other, "actor", "actor"))
        case "occurrence":
            return bool(one["type"] == other["type"])
    return False
