"""The client that we ship, as the commands use it: JSON as the API gives it, and its refusals as one line."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from interfaces.cli.here import Server
from interfaces.cli.output import Failed, err, say
from interfaces.cli.short_ids import whole_id, with_whole
from interfaces.messages.words import clean

# What prints help needs none of it.
if TYPE_CHECKING:
    from interfaces.client.asking import Ask
    from interfaces.client.problems import Problem


# What people say instead of a date, of which parameters.
_WORDS = ("today", "yesterday", "now")
_CLOCKS = ("as_of", "at", "reported_by", "since", "until")


class Refused(Failed):
    """The server's problem, with its stable `code_name` and the whole of its body."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status, self.body = status, body
        self.code_name = str(body.get("code", ""))
        field = str(body.get("pointer", "")).removeprefix("/").replace("/", ".") or str(body.get("parameter", ""))
        detail = str(body.get("detail") or f"the server answered {status}")
        # Most refusals name their field in words already.
        super().__init__(detail if not field or field in detail else f"{field}: {detail}")


class NobodyAnswers(Failed):
    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"No Kroniek answers at {url} ({why}). `kroniek up` starts one here; KRONIEK_URL names another.", 2
        )


class Client:
    """`url` and `token` as given, or as the environment and the data folder say who and where."""

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        self._server = Server(url, token) if url else Server.found()
        self.url, self.token = self._server.url, self._server.token
        self._told: set[str] = set()
        self._zones: dict[str, ZoneInfo] = {}
        from interfaces.client.connection import Connection

        try:
            # Whoever sits at a terminal sees at once that nobody answers.
            self._connection: Connection = Connection(self.url, self.token, patience_s=0.0)
        except ValueError as error:
            raise Failed(f"{error}. KRONIEK_URL and KRONIEK_TOKEN say where and who.", 2) from None

    @property
    def may_write(self) -> bool:
        return self.token is not None

    def get(self, path: str, accept: str | None = None, /, **parameters: Any) -> Any:
        given = {name: self._written(path, name, value) for name, value in parameters.items()}
        headers = {"Accept": accept} if accept else {}
        while True:
            try:
                return self._asked("GET", path, params=given, headers=headers)
            except Refused as refused:
                cut, whole = self._meant(refused)
                path = path_of(*(whole if part == cut else unquote(part) for part in path.split("/")[1:]))
                given = {name: whole if value == cut else value for name, value in given.items()}

    def written(self, dossier: str | None, word: str) -> str:
        """`today`, `yesterday` and `now` as a day or a moment, by the clock of a dossier; all else as it is."""
        if word not in _WORDS:
            return word
        if word == "now":
            return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        today = datetime.now(UTC if dossier is None else self.zone(dossier)).date()
        return str(today if word == "today" else today - timedelta(days=1))

    def zone(self, dossier: str) -> ZoneInfo:
        """Whose days a dossier's dates are in."""
        if dossier not in self._zones:
            self._zones[dossier] = ZoneInfo(self._asked("GET", path_of("dossiers", dossier))["time_zone"])
        return self._zones[dossier]

    def _written(self, path: str, name: str, value: Any) -> Any:
        clock = name.rpartition(".")[2]
        if clock not in _CLOCKS or value not in _WORDS:
            return value
        # Up to now there is all that there is.
        if clock == "as_of" and value == "now":
            return None
        _, of, *rest = path.split("/")
        # What is of no dossier counts its days in UTC.
        return self.written(unquote(rest[0]) if of == "dossiers" else None, value)

    def _meant(self, refused: Refused) -> tuple[str, str]:
        """What was refused as no id, and the only one that begins so, of which a table has the beginning. Raises the
        refusal where there is none.
        """
        cut = str(refused.body.get("id"))
        whole = whole_id(cut, refused.body.get("near", ()))
        if whole is None:
            raise refused
        self._tell_once(f"{refused.body.get('kind')} {cut} is {whole}")
        return cut, whole

    def post(self, path: str, body: Any, *, if_match: str | None = None, key: str | None = None) -> Any:
        named = (("If-Match", if_match), ("Idempotency-Key", key))
        headers = {name: value for name, value in named if value is not None}
        while True:
            try:
                return self._asked("POST", path, json=body, headers=headers)
            except Refused as refused:
                # Nothing was done.
                _, whole = self._meant(refused)
                body = with_whole(body, str(refused.body["pointer"]).split("/")[1:], whole)

    def post_lines(self, path: str, lines: Sequence[str], **parameters: Any) -> Any:
        headers = {"Content-Type": "application/x-ndjson"}
        return self._asked("POST", path, params=parameters, content="\n".join(lines), headers=headers)

    def await_shown(self, dossier: str, position: int) -> None:
        """So that whoever asks next sees what was sent; read models that are long at it are waited for by nobody."""
        with suppress(Refused):
            self.get(path_of("dossiers", dossier), min_position=position)

    def patch(self, path: str, body: Any) -> Any:
        return self._asked("PATCH", path, json=body)

    def delete(self, path: str, **parameters: Any) -> Any:
        return self._asked("DELETE", path, params=parameters)

    def all(self, path: str, **parameters: Any) -> Iterator[Any]:
        """The items of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **parameters, cursor=cursor)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def lines(self, path: str, **parameters: Any) -> Iterator[Any]:
        """The JSON objects of an answer that has one a line, as they arrive."""
        import json

        from interfaces.client.problems import Problem

        try:
            with self._connection.streamed(_ask("GET", path, params=parameters)) as response:
                for line in response.iter_lines():
                    yield json.loads(line)
        except Problem as problem:
            raise self.failure(problem) from None

    def failure(self, problem: "Problem") -> Failed:
        """What the shipped client raises, as a command tells it."""
        if problem.status is None:
            return NobodyAnswers(self.url, str(problem.body.get("why") or problem.detail))
        refused = Refused(problem.status, problem.body)
        if problem.status == 401:
            refused.message += f". {self._server.no_token()}"
        if refused.code_name == "no_such_dossier":
            refused.message += "; `kroniek dossiers` lists those that there are"
        return refused

    def _asked(self, method: str, path: str, **given: Any) -> Any:
        from interfaces.client.problems import Problem

        try:
            answer = self._connection.ask(_ask(method, path, **given))
        except Problem as problem:
            raise self.failure(problem) from None
        if isinstance(answer, dict) and answer.get("stands_still"):
            say(f"The read models of this dossier stand still: {answer['stands_still']}", to=err())
        if isinstance(answer, dict):
            self._tell_ids(answer.get("named") or {})
        return answer

    def _tell_ids(self, named: Mapping[str, Mapping[str, str]]) -> None:
        """Which items were meant by names, each once."""
        for name, ids in named.items():
            for text, id_ in ids.items():
                self._tell_once(f"{name} {clean(text)} is {id_}")

    def _tell_once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            say(line, to=err())


def _ask(method: str, path: str, **given: Any) -> "Ask[Any]":
    from interfaces.client.asking import Ask

    return Ask(method, path, object, **given)


def path_of(*parts: str) -> str:
    """An address below the API, with ids as people typed them."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
