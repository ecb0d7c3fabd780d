"""What `schemathesis` knows beside the contract: what is there, texts in our forms, and which rules refuse."""

import json
import os
from typing import Any

import schemathesis
from hypothesis import strategies as st

DOSSIER = os.environ["CONTRACT_DOSSIER"]
# The items that are there, by kind: `{"place": ["hajin", ...]}`.
ITEMS: dict[str, list[str]] = json.loads(os.environ["CONTRACT_ITEMS"])

DATES = ["2018-10-15", "2018-12", "2018", "2018-10-15T12:00:00Z"]
FORMS = {
    "edtf": [*DATES, "2018-10~", "2018-10/2018-12", "../2018-12-01", "201X", "2018-10-15?"],
    "cut-off": DATES,
    "position-or-cut-off": ["1", "5", "2030-01-01T00:00:00Z"],
    "position-or-cursor": ["0", "3"],
    "topic": ["fighters,people,subject:is,place:hajin", "killed,people"],
    "cursor": ["none"],
    "time-zone": ["UTC", "Asia/Damascus"],
    "web-address": ["https://example.org/hooks"],
}
for name, texts in FORMS.items():
    schemathesis.openapi.format(name, st.sampled_from(texts))

# Refused for what a value is to other fields, to what is recorded, or to the world: no shape can say it.
RULES = {
    "bad_cursor", "idempotency_key_reused", "not_in_the_past", "target_refused", "unknown_reference",
    "retracted_reference", "nothing_changes", "low_above_best", "best_above_high", "low_above_high",
    "qualifier_contradicts_numbers", "unit_not_of_measure", "negative_figure", "number_out_of_range",
    "not_a_whole_number", "due_of_no_prediction", "bounds_outside_published", "coordinates_out_of_range",
    "location_precision_out_of_range", "place_inside_itself", "actor_inside_itself", "report_refers_to_itself",
    "claim_related_to_itself", "incident_merged_into_itself", "merged_into_itself",
    "person_merged_into_itself", "unknown_statement", "sum_takes_no_topic",
    "assessment_without_question", "same_origin_of_one", "same_origin_outside_basis", "same_origin_of_attributed",
    "version_moved", "unused_parameter",
}  # fmt: skip
# One field asks for another, or leaves no room for it.
RELATED = {
    ("malformed", "/batches"), ("batch_refused", "/batches"), ("missing_field", "/figures"),
    ("missing_field", "/answers"), ("not_in_vocabulary", "/answers"), ("unknown_field", "/answers"),
    ("missing_field", "/withdrawals"),
    ("unknown_field", "/claims"), ("unknown_field", "/corrections"), ("unknown_field", "/revisions"),
    ("missing_field", "/corrections"), ("missing_field", "/revisions"),
}  # fmt: skip


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Asks most of what is there: other dossiers, items and versions are refused, as they must be."""
    for schema in raw_schema["components"]["schemas"].values():
        if schema.get("additionalProperties") is False:
            _name_items(schema)
    # What it opens is not taken for something that is not there.
    raw_schema["components"]["schemas"]["OpenDossier"]["properties"]["id"]["enum"] = ["opened-1", "opened-2"]
    for path, operations in raw_schema["paths"].items():
        found = [ids for kind, ids in ITEMS.items() if f"/{kind}s/{{id}}" in path]
        known = {"dossier": [DOSSIER], "id": found[0] if found else ["none"], "If-Match": ["*"]}
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                _name_items(parameter["schema"])
                if parameter["in"] in ("path", "header") and parameter["name"] in known:
                    parameter["schema"] = {"type": "string", "enum": known[parameter["name"]]}


def _name_items(schema: Any) -> None:
    if isinstance(schema, dict):
        described, kind = str(schema.get("description", "")), str(schema.get("description", "")).rpartition(" ")[2]
        if schema.get("type") == "string" and described.startswith("id of a") and kind in ITEMS:
            schema["enum"] = ITEMS[kind]
        # The dossier declares none of its own: which there are no shape can say.
        words, _, own = described.partition("; or one that the dossier declared")
        if schema.get("type") == "string" and own:
            schema["enum"] = words.partition(": ")[2].split(", ")
        for inner in schema.values():
            _name_items(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _name_items(inner)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether it is one: what a rule refuses is not refused for its shape."""
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    code = response.json().get("code") if "json" in response.headers.get("content-type", [""])[0] else None
    path = case.operation.path
    return not (code in RULES or any(code == one and path.endswith(end) for one, end in RELATED))


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()
