"""The naive evaluator: what a dossier says, worked out from DESIGN over the plain text of its events.

It shares nothing with the folds and the queries but the arithmetic of dates. Slow and plain on purpose.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from application.event_log import Recorded
from domain import when

Row = dict[str, Any]

# What an item holds where nothing was said.
UNSAID: dict[str, Row] = {
    "source": {"names": {}, "speaks_for": None, "url": None, "note": None},
    "actor": {"names": {}, "part_of": None, "note": None},
    "place": {
        "names": {}, "within": None, "areas": [], "latitude": None, "longitude": None, "location_precision": None,
        "note": None,
    },
    "report": {
        "published_bounds": None, "publisher": None, "author": None, "language": None, "url": None,
        "derived_from": [], "credits": [], "cited_in": [], "dataset": None, "edition": None, "note": None,
    },
    "dossier": {"summary": None},
    "incident": {"place": None, "when": None, "type": None, "note": None},
    "assessment": {"topic": None, "place": None, "when": None, "same_origin": []},
}  # fmt: skip

FLOWS = {
    "killed",
    "died",
    "injured",
    "casualties",
    "captured",
    "surrendered",
    "taken_hostage",
    "evacuated",
    "displaced",
}
FROM_THE_OTHER_SIDE = {
    "disputes": "disputed_by",
    "alternative_to": "alternative_to",
    "part_of": "has_part",
    "overlaps": "overlaps",
    "resolves": "resolved_by",
}


@dataclass(frozen=True)
class Asked:
    """A question about claims: the two clocks that are not the position, and what the claims must be."""

    at: int | None = None
    reported_by: int | None = None
    certainty: str = "certain"
    kind: str | None = None
    measure: str | None = None
    place: str | None = None
    actor: str | None = None
    claimant: str | None = None
    report: str | None = None
    status: str | None = None
    unattributed: bool | None = None
    credibility: int | None = None


class Dossier:
    """Everything that a dossier held as of a position."""

    def __init__(self, log: Sequence[Recorded], position: int) -> None:
        self.time_zone = "UTC"
        self.log = [recorded for recorded in log if recorded.position <= position]
        self.items: dict[str, dict[str, Row]] = {
            kind: {} for kind in ("dossier", "source", "actor", "place", "report", "claim", "incident", "assessment")
        }
        for recorded in self.log:
            self._take(recorded)

    def _take(self, recorded: Recorded) -> None:
        kind, verb = recorded.event.type.split(".")
        items, data = self.items[kind], json.loads(recorded.data)
        item = items.setdefault(recorded.stream.id, {"id": recorded.stream.id, "from": recorded.position})
        item["version"] = recorded.version
        match kind:
            case "claim":
                self._take_claim(item, verb, data)
            case "incident":
                self._take_incident(item, verb, data)
            case "assessment":
                self._take_assessment(item, verb, data, recorded.position)
            case _:
                self._take_thing(kind, item, verb, data)

    def _take_thing(self, kind: str, item: Row, verb: str, data: Row) -> None:
        match verb:
            case "opened" | "registered" | "filed":
                item |= {"details": data["details"], "retracted": False}
                if kind == "dossier":
                    self.time_zone = item["time_zone"] = data.get("time_zone") or "UTC"
            case "corrected" | "described":
                item["details"] = amended(item["details"], data["set"])
            case "graded":
                item |= {"grade": data["reliability"], "graded_because": data["reason"]}
            case "withdrawn":
                item["withdrawn"] = data
            case "discredited":
                item["discredited"] = data["reason"]
            case "retracted":
                item["retracted"] = True

    def _take_incident(self, item: Row, verb: str, data: Row) -> None:
        match verb:
            case "opened":
                item |= {"details": data["details"], "claims": set(), "merged_into": None}
            case "described":
                item["details"] = amended(item["details"], data["set"])
            case "linked":
                item["claims"] |= set(data["claims"])
            case "unlinked":
                item["claims"] -= set(data["claims"])
            case "merged":
                item["merged_into"] = data["into"]
            case "split":
                item["merged_into"] = None

    def _take_assessment(self, item: Row, verb: str, data: Row, position: int) -> None:
        match verb:
            case "issued":
                item |= {"details": data["details"], "withdrawn": None, "assessed": position}
            case "revised":
                item |= {"details": amended(item["details"], data["set"]), "assessed": position}
            case "withdrawn":
                item["withdrawn"] = data["reason"]

    def _take_claim(self, item: Row, verb: str, data: Row) -> None:
        said: list[Row] = item.setdefault("said", [])
        match verb:
            case "recorded":
                said.append({"number": 1, "report": data["report"], "content": data["content"], "ended": False})
                item |= {"retracted": None, "relations": set()}
            case "revised" | "withdrawn":
                place = next(nth for nth, one in enumerate(said) if one["number"] == data["after"])
                content = amended(said[place]["content"], data.get("set", {}))
                # What was unsaid there was recorded before this.
                while place + 1 < len(said) and said[place + 1].get("unsaid"):
                    place += 1
                said.insert(
                    place + 1,
                    {
                        "number": data["statement"],
                        "report": data["report"],
                        "content": content,
                        "ended": verb == "withdrawn",
                        "changed_by": data.get("changed_by"),
                        "without_notice": data.get("without_notice", False),
                        "reason": data.get("reason"),
                    },
                )
            case "corrected":
                for mend in data["mends"]:
                    one = next(one for one in said if one["number"] == mend["statement"])
                    change = dict(mend["set"])
                    one["report"] = change.pop("report", one["report"])
                    one["content"] = amended(one["content"], change)
            case "statement_retracted" | "statement_reinstated":
                one = next(one for one in said if one["number"] == data["statement"])
                one["unsaid"] = verb == "statement_retracted"
            case "retracted":
                item["retracted"] = data["reason"]
            case "reinstated":
                item["retracted"] = None
            case "graded":
                item |= {"grade": data["credibility"], "graded_because": data["reason"]}
            case "related":
                named = {(data["relation"], other) for other in data["to"]}
                if data.get("removed"):
                    item["relations"] -= named
                else:
                    item["relations"] |= named

    def bounds(self, date: str) -> when.Bounds:
        return when.bounds(date, self.time_zone)

    def publication(self, report: Row) -> when.Bounds:
        details = report["details"]
        return self.bounds(details.get("published_bounds") or details["published"])

    def out(self, report_id: str, asked: Asked) -> bool:
        """Whether a report was there for a reader by the cut-off. What we mis-filed never was."""
        report = self.items["report"][report_id]
        return not report["retracted"] and passed(self.publication(report), asked)

    def so(self, content: Row) -> when.Span | None:
        if "when" not in content:
            return None
        counts_a_period = content["kind"] == "figure" and content["measure"] in FLOWS
        return when.span(content["when"], self.time_zone, period=counts_a_period)

    def listed(self, kind: str) -> list[Row]:
        return [
            getattr(self, f"_{kind}")(item) for item in sorted(self.items[kind].values(), key=lambda item: item["from"])
        ]

    def _dossier(self, item: Row) -> Row:
        return self._shown("dossier", item, time_zone=item["time_zone"])

    def _source(self, item: Row) -> Row:
        return self._thing("source", item, reliability=item.get("grade"), graded_because=item.get("graded_because"))

    def _actor(self, item: Row) -> Row:
        return self._thing("actor", item)

    def _place(self, item: Row) -> Row:
        shown = self._thing("place", item)
        shown["areas"] = [{"when": None} | area for area in shown["areas"]]
        return shown

    def _report(self, item: Row) -> Row:
        taken_back = item.get("withdrawn")
        return self._thing(
            "report",
            item,
            publication=self._publication_shown(item),
            withdrawn={"when": None, "report": None} | taken_back if taken_back else None,
            discredited_because=item.get("discredited"),
        )

    def _thing(self, kind: str, item: Row, **more: Any) -> Row:
        return self._shown(kind, item, **more) | {"retracted": item["retracted"], "recorded_position": item["from"]}

    def _shown(self, kind: str, item: Row, **more: Any) -> Row:
        return {"id": item["id"], **UNSAID[kind], **as_text(item["details"]), "version": item["version"], **more}

    def _publication_shown(self, report: Row) -> Row:
        published = self.publication(report)
        return {
            "earliest": when.rfc3339(published.earliest),
            "latest": when.rfc3339(published.latest),
            "inferred": "published_bounds" in report["details"],
        }

    def claims(self, asked: Asked) -> list[Row]:
        found = []
        for claim in sorted(self.items["claim"].values(), key=lambda claim: claim["from"]):
            said = self.in_force(claim, asked)
            if said is not None and self._wanted(claim, said, asked):
                found.append(self._claim(claim, said, asked))
        return found

    def claim(self, claim_id: str, asked: Asked) -> Row | None:
        claim = self.items["claim"].get(claim_id)
        said = self.in_force(claim, asked) if claim else None
        return self._claim(claim, said, asked) if claim and said else None

    def in_force(self, claim: Row, asked: Asked) -> Row | None:
        """The last statement in the list whose report was out by the cut-off."""
        out = [one for one in claim["said"] if not one.get("unsaid") and self.out(one["report"], asked)]
        return out[-1] if out else None

    def report_taken_back(self, report_id: str, asked: Asked) -> bool:
        taken_back = self.items["report"][report_id].get("withdrawn")
        if taken_back is None:
            return False
        if "report" in taken_back:
            return self.out(taken_back["report"], asked)
        return passed(self.bounds(taken_back["when"]), asked)

    def status(self, claim: Row, said: Row, asked: Asked) -> str:
        if claim["retracted"] is not None:
            return "retracted"
        return "withdrawn" if said["ended"] or self.report_taken_back(said["report"], asked) else "stands"

    def _wanted(self, claim: Row, said: Row, asked: Asked) -> bool:
        content = said["content"]
        status = self.status(claim, said, asked)
        if status != asked.status if asked.status else status == "retracted":
            return False
        for name in ("kind", "measure", "claimant"):
            value = getattr(asked, name)
            if value is not None and content.get(name) != value:
                return False
        if asked.report is not None and said["report"] != asked.report:
            return False
        if asked.credibility is not None and claim.get("grade") != asked.credibility:
            return False
        if asked.unattributed is not None and ("claimant" not in content) != asked.unattributed:
            return False
        if asked.actor is not None and asked.actor not in list(actors_in(content)):
            return False
        so = self.so(content)
        if asked.at is not None and so is not None and not so.earliest_start <= asked.at <= so.latest_end:
            return False
        return asked.place is None or self._is_about(content.get("place"), so, asked.place)

    def _is_about(self, place: str | None, so: when.Span | None, wanted: str) -> bool:
        """Whether a place is the one wanted, or was inside it at the time, by some way up."""
        if place is None:
            return False
        for earliest, latest in self.ways_up(place, wanted, when.EARLIEST, when.LATEST, ()):
            if so is None or (so.earliest_start <= latest and so.latest_end >= earliest):
                return True
        return False

    def ways_up(
        self, place: str, wanted: str, earliest: int, latest: int, below: tuple[str, ...]
    ) -> Iterator[tuple[int, int]]:
        if earliest > latest or place in below:
            return
        if place == wanted:
            yield earliest, latest
        details = self.items["place"][place]["details"]
        if "within" in details:
            yield from self.ways_up(details["within"], wanted, earliest, latest, (*below, place))
        for membership in details.get("areas", []):
            held = self.bounds(membership["when"]) if "when" in membership else None
            yield from self.ways_up(
                membership["area"],
                wanted,
                max(earliest, held.earliest) if held else earliest,
                min(latest, held.latest) if held else latest,
                (*below, place),
            )

    def _claim(self, claim: Row, said: Row, asked: Asked) -> Row:
        report = self.items["report"][said["report"]]
        details = report["details"]
        so = self.so(said["content"])
        shown = {
            "id": claim["id"],
            "status": self.status(claim, said, asked),
            "statement": said["number"],
            "content": as_text(said["content"]),
            "report": {
                "id": said["report"],
                "label": as_text(details["label"]),
                "publisher": details.get("publisher"),
                "published": details["published"],
                "publication": self._publication_shown(report),
                "cited_in": details.get("cited_in", []),
                "withdrawn": self.report_taken_back(said["report"], asked),
                "discredited_because": report.get("discredited"),
            },
            "credibility": claim.get("grade"),
            "graded_because": claim.get("graded_because"),
            "relations": self._relations(claim),
            "version": claim["version"],
            "recorded_position": claim["from"],
        }
        if asked.reported_by is not None:
            shown["reported"] = "certain" if self.publication(report).latest <= asked.reported_by else "possible"
        if asked.at is not None:
            shown["holds"] = "undated" if so is None else held(so, asked.at)
        first = next(one for one in claim["said"] if not one.get("unsaid"))
        if said["ended"] or said is not first:
            shown["changed"] = {
                "kind": "withdrawn" if said["ended"] else "revised",
                "changed_by": said["changed_by"],
                "reason": said["reason"],
            } | ({"without_notice": True} if said["without_notice"] else {})
        if claim["retracted"] is not None:
            shown["retracted_because"] = claim["retracted"]
        return shown

    def _relations(self, claim: Row) -> dict[str, list[str]]:
        found: dict[str, set[str]] = {}
        for relation, other in claim["relations"]:
            found.setdefault(relation, set()).add(other)
        for other in self.items["claim"].values():
            for relation, to in other["relations"]:
                if to == claim["id"] and other["retracted"] is None:
                    found.setdefault(FROM_THE_OTHER_SIDE[relation], set()).add(other["id"])
        return {relation: sorted(others) for relation, others in found.items()}


def held(so: when.Span, at: int) -> str:
    if so.latest_start <= at <= so.earliest_end:
        return "certain"
    return "possible" if so.earliest_start <= at <= so.latest_end else "no"


def passed(date: when.Bounds, asked: Asked) -> bool:
    """Whether a moment within these bounds was by the cut-off, certainly or possibly."""
    if asked.reported_by is None:
        return True
    return (date.latest if asked.certainty == "certain" else date.earliest) <= asked.reported_by


def actors_in(content: Row) -> Iterator[str]:
    for role in {"figure": ("subject", "by"), "control": ("actor", "against"), "statement": ("actor",)}.get(
        content["kind"], ()
    ):
        if role in content:
            yield content[role]
    for actors in content.get("actors", {}).values():
        yield from actors


def amended(before: Row, change: Row) -> Row:
    return {name: value for name, value in (before | change).items() if value is not None}


def as_text(stored: Any) -> Any:
    """Personal words are kept in an object, and read as text."""
    if isinstance(stored, dict):
        if list(stored) == ["value"]:
            return stored["value"]
        return {name: as_text(value) for name, value in stored.items()}
    return [as_text(value) for value in stored] if isinstance(stored, list) else stored
