"""What a subscription watches: the options that say so, and the same in words."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args

import typer

from interfaces.cli.answer_changed import about
from interfaces.cli.output import Failed
from interfaces.messages.words import Names, clean, joined

Types = Annotated[list[str] | None, typer.Option("--type", help="Only events of this type.")]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="Only of claims or items of this kind: figure, control, report ...")
]
Measures = Annotated[list[str] | None, typer.Option("--measure", help="Only of figures of this measure.")]
Places = Annotated[list[str] | None, typer.Option("--place", help="Only about this place and the places inside it.")]
Actors = Annotated[list[str] | None, typer.Option("--actor", help="Only about this actor.")]
Claimants = Annotated[list[str] | None, typer.Option("--claimant", help="Only what this source said.")]
Reports = Annotated[list[str] | None, typer.Option("--report", help="Only of this report and what stands in it.")]
Families = Annotated[
    list[str] | None,
    typer.Option("--family", help="Only changes of this family: source, record, judgement, declared or world."),
]
Question = Annotated[
    str | None,
    typer.Option(
        help="Watch an answer instead: control or disagreements (each of a --place), figures (of a --topic), "
        "assessment or record (of a --source)."
    ),
]
Topic = Annotated[str | None, typer.Option(help="Of figures: what is counted.")]
Rule = Annotated[
    str | None, typer.Option(help="Of figures, control and disagreements: by which rule (see: kroniek rules).")
]
Undated = Annotated[bool, typer.Option("--undated", help="Of control: take in what has no date.")]
Assessment = Annotated[str | None, typer.Option(help="Of an assessment: which.")]
Source = Annotated[str | None, typer.Option(help="Of a record: whose.")]
At = Annotated[str | None, typer.Option(help="Of a question: at this moment in the world; the latest if left out.")]
ReportedBy = Annotated[str | None, typer.Option(help="Of a question: what had been published by then.")]
Certainty = Annotated[str | None, typer.Option(help="Of --reported-by: certain or possible.")]


def watch_of(
    question: str | None, which: Mapping[str, list[str] | None], about: Mapping[str, str | bool | None]
) -> dict[str, Any]:
    """As the API takes it: `which` are filters of events, `about` what only a question has."""
    filters = {name: given for name, given in which.items() if given}
    clocks_and_subjects = {name: given for name, given in about.items() if given is not None}
    if question is None:
        for name in clocks_and_subjects:
            raise Failed(f"--{name.replace('_', '-')} is of a question: say which one with --question", 2)
        return filters
    for name, given in filters.items():
        if len(given) > 1:
            raise Failed(f"a question is about one {name}: give --{name} once", 2)
    for name in _needs().get(question, ()):
        if name not in filters and name not in clocks_and_subjects:
            raise Failed(f"--question {question} needs --{name}", 2)
    return {"question": question, **{name: given[0] for name, given in filters.items()}, **clocks_and_subjects}


def _needs() -> dict[str, list[str]]:
    """What each question must be told."""
    from application.watch import Watched

    return {
        get_args(model.model_fields["question"].annotation)[0]: [
            name for name, field in model.model_fields.items() if field.is_required() and name != "question"
        ]
        for model in get_args(Watched)
    }


def watched_in_words(watch: Mapping[str, Any], names: Names) -> str:
    """`control of Hajin`, or `place Hajin; family record or source`."""
    return (
        ", ".join(_question(watch, names))
        if "question" in watch
        else "; ".join(_filters(watch, names)) or "every event"
    )


def _question(watch: Mapping[str, Any], names: Names) -> Iterator[str]:
    yield about(watch, names)
    if "kind" in watch:
        yield f"only {clean(watch['kind'])}"
    if "rule" in watch:
        yield f"by {clean(watch['rule'])}"
    if watch.get("undated"):
        yield "with what has no date"
    if "at" in watch:
        yield f"at {clean(watch['at'])}"
    if "reported_by" in watch:
        how = "possibly" if watch.get("certainty") == "possible" else "certainly"
        yield f"{how} published by {clean(watch['reported_by'])}"


def _filters(watch: Mapping[str, Any], names: Names) -> Iterator[str]:
    called = {"place": names.place, "actor": names.actor, "claimant": names.source}
    for name, given in watch.items():
        yield f"{name} {joined([called.get(name, clean)(one) for one in given], 'or')}"
