"""The HTTP API as the commands talk to it: where it is, who we are, and its refusals as one line."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from interfaces.cli.output import Failed, err, say

DEFAULT_URL = "http://127.0.0.1:8000"
API = "/api/v1"
# An import's batch of many commands takes a while on a slow disk.
TIMEOUT = httpx.Timeout(60.0, connect=5.0)


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
    """`url` and `token` as the environment has them, or those that `kroniek up` keeps in the data folder."""

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        self.url, self.token = (url, token) if url else _found()
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise Failed(f"KRONIEK_URL is not the address of a server: {self.url!r}", 2)
        self._http = httpx.Client(
            base_url=self.url + API,
            timeout=TIMEOUT,
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
            # A proxy of the environment is for other machines.
            trust_env=urlsplit(self.url).hostname not in ("127.0.0.1", "localhost", "::1"),
        )

    @property
    def may_write(self) -> bool:
        return self.token is not None

    def get(self, path: str, accept: str | None = None, /, **parameters: Any) -> Any:
        return self._asked("GET", path, params=_given(parameters), headers=_given({"Accept": accept}))

    def post(self, path: str, body: Any, *, if_match: str | None = None, key: str | None = None) -> Any:
        headers = {
            name: value for name, value in (("If-Match", if_match), ("Idempotency-Key", key)) if value is not None
        }
        return self._asked("POST", path, json=body, headers=headers)

    def post_lines(self, path: str, lines: list[str]) -> Any:
        content = "\n".join(lines).encode()
        return self._asked("POST", path, content=content, headers={"Content-Type": "application/x-ndjson"})

    def patch(self, path: str, body: Any) -> Any:
        return self._asked("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        self._asked("DELETE", path)

    def all(self, path: str, **parameters: Any) -> Iterator[Any]:
        """The items of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **parameters, cursor=cursor)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def _asked(self, method: str, path: str, **given: Any) -> Any:
        try:
            response = self._http.request(method, path, **given)
        except httpx.TransportError as error:
            raise NobodyAnswers(self.url, _why(error)) from None
        if response.is_success:
            answer = response.json() if response.content else None
            if isinstance(answer, dict) and answer.get("stands_still"):
                say(f"The read models of this dossier stand still: {answer['stands_still']}", to=err())
            return answer
        raise _refusal(response)


def path_of(*parts: str) -> str:
    """An address below the API, with ids as people typed them."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _found() -> tuple[str, str | None]:
    """Where the server is and who we are to it.

    The data folder knows the address and a token of the Kroniek that runs from it; that token goes nowhere else.
    """
    url, token = os.environ.get("KRONIEK_URL", "").rstrip("/"), os.environ.get("KRONIEK_TOKEN") or None
    folder = Path(os.environ.get("KRONIEK_DATA_DIR") or ".kroniek")
    here = _running_from(folder) or DEFAULT_URL
    if token is None and url in ("", here, DEFAULT_URL):
        try:
            token = (folder / "token").read_text("utf-8").strip() or None
        except OSError:
            token = None
    return url or here, token


def _running_from(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "run" / "addresses").read_text("utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        return None


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def _refusal(response: httpx.Response) -> Refused:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {"detail": f"{response.url} answered {response.status_code} {response.reason_phrase}; is it a Kroniek?"}
    refused = Refused(response.status_code, body)
    if response.status_code == 401 and "KRONIEK_TOKEN" not in os.environ:
        refused.message += " Set KRONIEK_TOKEN to one."
    return refused


def _why(error: httpx.TransportError) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.ReadTimeout() | httpx.WriteTimeout() | httpx.PoolTimeout():
            return "it took too long"
        case httpx.ConnectError() if "refused" in str(error).lower():
            return "connection refused"
        case _:
            return str(error) or type(error).__name__
