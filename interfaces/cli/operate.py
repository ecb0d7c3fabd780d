"""An operator's commands, straight on the database: migrate, rebuild, verify, retry, and the first token."""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from interfaces.cli.output import Failed, out, say, tell
from interfaces.messages.words import clean, counted

if TYPE_CHECKING:
    from rich.progress import Progress

    from application.projection import ReadModel, RowDifference, UnderWay
    from interfaces.bootstrap import Begun, Records, Settings

_Told = TypeVar("_Told")

# Those of `READ_MODELS`, which takes long to import for a line of help.
READ_MODEL_NAMES = (
    "dossiers", "sources", "actors", "places", "reports", "claims", "incidents", "persons",
    "assessments",
)  # fmt: skip
ReadModelName = Annotated[
    str | None,
    typer.Argument(help=f"{', '.join(READ_MODEL_NAMES[:-1])} or {READ_MODEL_NAMES[-1]}; all of them if left out."),
]
OfDossier = Annotated[str | None, typer.Option("--dossier", "-d", help="One dossier; all of them if left out.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        envvar="KRONIEK_DATA_DIR",
        show_default=".kroniek",
        help="The data folder of the Kroniek that runs here, unless KRONIEK_DATABASE_URL names a database.",
    ),
]


def add_to(app: typer.Typer) -> None:
    group = "On the database itself"
    app.command(rich_help_panel=group)(migrate)
    app.command(rich_help_panel=group)(rebuild)
    app.command(rich_help_panel=group)(verify)
    app.command(rich_help_panel=group)(retry)
    app.command(rich_help_panel=group)(restored)


def migrate(data_dir: DataDir = None) -> None:
    """Bring the tables of the database up to this release; what is up to date stays as it is.

    Example:

        KRONIEK_DATABASE_URL=postgresql://kroniek@db/kroniek kroniek migrate
    """
    from interfaces import bootstrap

    with database_settings(data_dir) as settings:
        paused = bootstrap.migrate(settings)
    say("The tables are those of this release.")
    if paused is not None:
        say(
            "This database is a copy of another, as a restored backup is: a new epoch has begun, and "
            f"{counted(paused, 'webhook')} {'is' if paused == 1 else 'are'} paused until somebody resumes or replays "
            f"{'it' if paused == 1 else 'them'}."
        )


def rebuild(
    read_model: ReadModelName = None,
    dossier: OfDossier = None,
    status: Annotated[
        bool, typer.Option("--status", help="Only show which rebuilds are under way, and how far.")
    ] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Throw away what an earlier rebuild left unfinished.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Build read models anew from the log beside the live ones, then switch.

    Questions are answered from the old rows until the new ones are complete. Workers that run help. A rebuild that
    was broken off goes on where it was.

    Examples:

        kroniek rebuild

        kroniek rebuild claims --dossier hajin-baghouz

        kroniek rebuild --status

        kroniek rebuild --discard
    """
    if status and discard:
        raise Failed("--status only looks, and --discard throws away: ask for one of them.", 2)
    names = [model.name for model in _models(read_model)]

    async def work(records: "Records") -> None:
        for name in await _dossiers(records, dossier):
            for model in _models(read_model):
                differences = await _rebuilt(records, model, name, switch=True)
                changed = f"; {counted(len(differences), 'row')} differed" if differences else ""
                say(f"{name}: {model.name} rebuilt and switched{changed}")

    async def under_way(records: "Records") -> "list[UnderWay]":
        if dossier is not None:
            await _dossiers(records, dossier)
        return [each for each in await records.pictures.rebuilds.under_way(dossier) if each.read_model in names]

    async def show(records: "Records") -> None:
        found = await under_way(records)
        for each in found:
            say(_under_way(each))
        if not found:
            say("No rebuild is under way.")

    async def throw_away(records: "Records") -> None:
        found = await under_way(records)
        for each in found:
            if await records.pictures.rebuilds.discard(each.dossier_id, each.read_model):
                say(f"{each.dossier_id}: thrown away the unfinished {each.read_model}, {_how_far(each)}")
        if not found:
            say("No rebuild is under way: there is nothing to throw away.")
        await records.pictures.rebuilds.sweep_retired()

    _on_records(data_dir, show if status else throw_away if discard else work)


def verify(dossier: OfDossier = None, data_dir: DataDir = None) -> None:
    """Look whether the log is sound, and whether the live read models are those that follow from it.

    Of the log: positions without gaps, the versions of each item, times that never decrease, what was remembered of
    commands, and that every event can be read; so of the log of who may do what. Of the database: that it refuses
    changes to the log. Of the read models: each is built anew beside, and where it differs is told. Ends with 1 if
    anything is wrong. Nothing is changed.

    Example:

        kroniek verify
    """

    async def work(records: "Records") -> tuple[bool, bool]:
        sound = same = True
        for missing in await records.missing_rights():
            tell(("missing in the database: ", "red"), missing)
            sound = False
        named = await _dossiers(records, dossier)
        for fault in [fault async for fault in records.access_faults()]:
            tell(("the log of who may do what: ", "red"), clean(fault))
            sound = False
        for name in named:
            faults = [fault async for fault in records.log_faults(name)]
            for fault in faults:
                tell((f"{name}: the log: ", "red"), clean(fault))
            if faults:
                # What follows from such a log says nothing about the rows.
                sound = False
                continue
            same = await _verified(records, name) and same
        return sound, same

    sound, same = _on_records(data_dir, work)
    if not sound:
        raise Failed(
            "The log, or what protects it, is not as it should be. `kroniek migrate` puts back what is missing in the "
            "database. A log that was changed is restored from a backup: building read models anew would only carry "
            "the change into them."
        )
    if not same:
        raise Failed(
            "Live and rebuilt rows differ, or could not all be compared. Look first whether somebody changed the log "
            "or the rows by hand; where it was the rows, `kroniek rebuild` builds them anew."
        )


async def _verified(records: "Records", dossier_id: str) -> bool:
    """Whether the read models of a dossier are those that follow from its log."""
    picture, head = await records.pictures.picture(dossier_id), await records.log.head(dossier_id)
    if picture is None:
        tell(f"{dossier_id}: nothing of it has been read yet; is a worker running?")
        return False
    differences = [(model, await _rebuilt(records, model, dossier_id, switch=False)) for model in _models(None)]
    for model, found in differences:
        for line in _worded(model, found):
            say(f"{dossier_id}: {line}")
    if picture.refused:
        tell(f"{dossier_id} stands still at position {picture.position}: {clean(picture.refused)}")
    if any(found for _, found in differences):
        return False
    behind = f" (the log is at {head})" if head > picture.position else ""
    say(f"{dossier_id}: the log is sound; live and rebuilt rows are the same up to position {picture.position}{behind}")
    return not picture.refused


def retry(
    dossier: Annotated[str, typer.Argument(help="A dossier that stands still.")], data_dir: DataDir = None
) -> None:
    """Let a dossier that stands still, since a read model refused an event, try again.

    Example:

        kroniek retry hajin-baghouz
    """

    async def work(records: "Records") -> str:
        from application.projection import catch_up
        from interfaces.bootstrap import READ_MODELS

        await _dossiers(records, dossier)
        before = await records.pictures.picture(dossier)
        if before is None or before.refused is None:
            return f"{dossier} does not stand still."
        await records.pictures.retry(dossier)
        await catch_up(records.log, records.pictures, READ_MODELS, dossier)
        after = await records.pictures.picture(dossier)
        if after is not None and after.refused is not None:
            raise Failed(f"{dossier} stands still again at position {after.position}: {clean(after.refused)}")
        return f"{dossier} goes on, and is at position {after.position if after else 0}."

    say(_on_records(data_dir, work))


def restored(data_dir: DataDir = None) -> None:
    """Say that the database was restored from a backup: pauses every webhook, whose receivers may know too much.

    Processes that ran on while it was restored find out by themselves, and `kroniek migrate` does where a dump was
    restored. Say it where neither could: the processes were stopped, and the data folder was put back. From here on
    messages carry another `epoch`, by which a receiver notices.

    Example:

        kroniek restored
    """

    async def work(records: "Records") -> "Begun":
        return await records.begin_epoch()

    begun = _on_records(data_dir, work)
    say(f"A new epoch has begun: {begun.epoch}.")
    for each in begun.paused:
        say(f"{each.dossier_id}: {each.id} is paused at position {each.position}")
    if begun.paused:
        say(
            "Agree with whoever receives from where to go on: `kroniek webhook resume` goes on from there, and "
            "`kroniek webhook replay` from an earlier position."
        )
    else:
        say("There is no webhook to pause.")


@contextmanager
def settings_of(data_dir: Path | None) -> Iterator["Settings"]:
    """The settings; what cannot start under them, or is missing of them, is told in a line."""
    from pydantic import ValidationError

    from interfaces.bootstrap import DATABASE_AWAY, NotConfigured, Settings

    given: dict[str, Any] = {} if data_dir is None else {"data_dir": data_dir}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Failed(f"KRONIEK_{'_'.join(map(str, first['loc'])).upper()}: {first['msg']}", 2) from None
    try:
        yield settings
    except NotConfigured as error:
        raise Failed(str(error), 2) from None
    except DATABASE_AWAY as error:
        # What the driver says of it in its first line, without the statement that SQLAlchemy adds.
        said = str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__]
        raise Failed(f"The database did not take it: {said[0].rstrip('.')}.", 1) from None


@contextmanager
def database_settings(data_dir: Path | None) -> Iterator["Settings"]:
    """The settings with a database that answers: the given one, or that of the Kroniek that runs here."""
    from interfaces.cli.here import Addresses
    from interfaces.cli.servers import check_database

    with settings_of(data_dir) as settings:
        if settings.database_url is None:
            here = Addresses.read(settings.data_dir)
            if here is None:
                raise Failed(
                    f"No Kroniek runs from {settings.data_dir} and KRONIEK_DATABASE_URL is not set: start one with "
                    "`kroniek up`, or name the database.",
                    2,
                )
            database, queue = here.servers(settings.data_dir)
            if database is None:
                raise Failed(
                    f"The database of the Kroniek that runs from {settings.data_dir} is not one that it brought "
                    "itself: name it in KRONIEK_DATABASE_URL.",
                    2,
                )
            settings = settings.model_copy(update={"database_url": database, "redis_url": queue})
        check_database(settings)
        yield settings


def _on_records(data_dir: Path | None, work: "Callable[[Records], Coroutine[Any, Any, _Told]]") -> _Told:
    import asyncio

    from sqlalchemy.exc import NoResultFound, ProgrammingError

    from domain.errors import DomainError
    from interfaces.bootstrap import records

    async def opened(settings: "Settings") -> _Told:
        async with records(settings) as held:
            return await work(held)

    with database_settings(data_dir) as settings:
        try:
            return asyncio.run(opened(settings))
        except DomainError as refused:
            raise Failed(f"{refused.field}: {refused.message}." if refused.field else f"{refused.message}.") from None
        except (ProgrammingError, NoResultFound):
            raise Failed("The tables are not those of this release: run `kroniek migrate` first.", 2) from None


def local_principal(kind: Literal["user", "program"], name: str, email: str | None, data_dir: Path | None) -> str:
    """A new user or program, made in the database itself: its id."""
    from domain.checks import check
    from domain.fields import read
    from domain.principals import NewPrincipal

    async def work(records: "Records") -> str:
        new = read(NewPrincipal, {"kind": kind, "name": name, "email": email})
        check(new)
        return (await records.principals.add(new)).principal

    return _on_records(data_dir, work)


def local_token(whose: str, asked: Mapping[str, Any], data_dir: Path | None) -> dict[str, Any]:
    """A new token of a user or program (by id or name), made in the database itself: its `token`, `id` and
    `expires_at`. `asked` are fields of a `NewToken`.
    """
    from domain.checks import check
    from domain.fields import read
    from domain.principals import NewToken
    from domain.when import moment_text

    async def work(records: "Records") -> dict[str, Any]:
        holder = await records.principals.one(whose) or await records.principals.called(whose)
        if holder is None or holder.ended_at is not None:
            raise Failed(f"Nobody here is {whose!r}: make them first, with `kroniek user create {whose!r} --local`.")
        new = read(NewToken, asked)
        check(new)
        ends = new.ends(datetime.now(UTC))
        text, token = await records.tokens.create(
            holder.principal, new.name, expires_at=ends, roles=new.roles, dossiers=new.dossiers
        )
        return {"token": text, "id": token.id, "expires_at": moment_text(ends) if ends else None}

    return _on_records(data_dir, work)


def local_grant(dossier: str | None, to: str, asked: Mapping[str, Any], data_dir: Path | None) -> dict[str, Any]:
    """A role, granted in the database itself to a user or program (by id or name), or to anyone, in a dossier or (None)
    in all: as `POST …/grants` tells it. `asked` are the other fields of a `NewGrant`.
    """
    from domain.checks import check
    from domain.fields import read
    from domain.grants import OPERATOR, NewGrant
    from domain.roles import ANYONE
    from domain.when import moment_text

    async def work(records: "Records") -> dict[str, Any]:
        holder = None if to == ANYONE else await records.principals.one(to) or await records.principals.called(to)
        if to != ANYONE and (holder is None or holder.ended_at is not None):
            raise Failed(f"Nobody here is {to!r}: make them first, with `kroniek user create {to!r} --local`.")
        new = read(NewGrant, {**asked, "holder": to if holder is None else holder.principal})
        check(new)
        made = await records.grants.grant(dossier, new, OPERATOR)
        until = None if made.until is None else moment_text(made.until)
        name = None if holder is None else holder.name
        return {
            "id": made.id, "role": made.role, "dossier": dossier, "holder": made.holder, "holder_name": name,
            "until": until,
        }  # fmt: skip

    return _on_records(data_dir, work)


async def _dossiers(records: "Records", wanted: str | None) -> Sequence[str]:
    heads = await records.log.heads()
    if wanted is None:
        if not heads:
            say("There is no dossier yet.")
        return sorted(heads)
    if wanted not in heads:
        raise Failed(f"There is no dossier {wanted!r}; there is {', '.join(sorted(heads)) or 'none yet'}.")
    return [wanted]


def _models(wanted: str | None) -> "Sequence[ReadModel[Any]]":
    from interfaces.bootstrap import READ_MODELS

    found = [model for model in READ_MODELS if wanted in (None, model.name)]
    if not found:
        raise Failed(f"There is no read model {wanted!r}; there are {', '.join(m.name for m in READ_MODELS)}.", 2)
    return found


async def _rebuilt(
    records: "Records", model: "ReadModel[Any]", dossier_id: str, *, switch: bool
) -> "Sequence[RowDifference]":
    import asyncio

    from application.projection import FoldRefused, RebuildDiscarded
    from application.projection import rebuild as build_anew

    building = asyncio.create_task(build_anew(records.log, records.pictures, model, dossier_id, switch=switch))
    with _bar() as bar:
        task = bar.add_task(f"{dossier_id}: {model.name}", total=None)
        woken = False
        while not (await asyncio.wait([building], timeout=_LOOK_AGAIN_S))[0]:
            # Workers find it by themselves within a second; who is told begins at once.
            if not woken and records.wakeups is not None and await records.wakeups.ping():
                records.wakeups.moved(dossier_id, await records.pictures.live_position(dossier_id))
            woken = True
            for each in await records.pictures.rebuilds.under_way(dossier_id):
                if each.read_model == model.name:
                    total = each.live_position * len(each.positions)
                    bar.update(task, completed=sum(each.positions), total=total)
    try:
        return building.result()
    except FoldRefused as refused:
        raise Failed(f"{dossier_id}: {clean(refused)}. What is served stays as it is.") from None
    except RebuildDiscarded:
        raise Failed(f"{dossier_id}: the rebuild of {model.name} was thrown away by somebody else.") from None


_LOOK_AGAIN_S = 0.2


def _under_way(rebuild: "UnderWay") -> str:
    share_done = sum(rebuild.positions) / max(1, rebuild.live_position * len(rebuild.positions))
    filled = round(20 * share_done)
    told = f"{rebuild.dossier_id}: {rebuild.read_model} {'█' * filled}{'░' * (20 - filled)} {_how_far(rebuild)}"
    if rebuild.refused is not None:
        return f"{told}; it stands still: {clean(rebuild.refused)}"
    return told


def _how_far(rebuild: "UnderWay") -> str:
    done = sum(rebuild.positions) // len(rebuild.positions)
    for_what = "" if rebuild.switch else " (only compared, for `kroniek verify`)"
    return (
        f"{done:,} of {rebuild.live_position:,} positions in {counted(len(rebuild.positions), 'share')}, "
        f"last moved {rebuild.moved_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC{for_what}"
    )


def _bar() -> "Progress":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out(),
        transient=True,
        disable=not out().is_terminal,
    )


def _worded(model: "ReadModel[Any]", differences: "Sequence[RowDifference]") -> Iterator[str]:
    """The rows that differ, each with the columns that do, or with the side that it stands on alone."""
    keys = {table.name: (table.stream_id, "from_position", *table.key) for table in model.tables}
    rows: dict[tuple[str, tuple[Any, ...]], dict[str, Mapping[str, Any]]] = {}
    for each in differences:
        key = tuple(each.row[name] for name in keys[each.table])
        rows.setdefault((each.table, key), {})[each.side] = each.row
    for (table, key), sides in rows.items():
        called = " ".join(f"{name}={clean(part)}" for name, part in zip(keys[table], key, strict=True))
        if len(sides) == 1:
            yield f"{table} {called}: only among the {next(iter(sides))} rows"
            continue
        live, rebuilt = sides["live"], sides["rebuilt"]
        yield f"{table} {called}: " + "; ".join(
            f"{name} is {clean(value)} live, {clean(rebuilt[name])} rebuilt"
            for name, value in live.items()
            if rebuilt[name] != value
        )
