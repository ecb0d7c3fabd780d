"""What is installed everywhere resumes a stream where it left it: a browser's own EventSource, and curl."""

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from domain.events import EVENT_TYPES
from tests.browser.proxy import serving
from tests.interfaces.running import API, PATIENCE_S, WHY, Dossier, Running, done, eventually, furnish, running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CURL = shutil.which("curl")
PAGE = Path(__file__).with_name("page.html")


@pytest.fixture
def dossier(new_database: Callable[[], str], valkey_url: str, tmp_path: Path) -> Iterator[tuple[Running, Dossier]]:
    """On an installation of its own, whose API may be killed."""
    redis_url = valkey_url.replace("db=0", "db=6")
    with running(new_database(), redis_url, tmp_path, worker=False) as installation, installation.client() as http:
        done(http.post("/dossiers", json={"id": "followed", "title": "Hajin and Baghouz, الباغوز"}))
        yield installation, furnish(Dossier(http, "followed"))


def correct(dossier: Dossier, times: int) -> None:
    for number in range(times):
        dossier.change("claims/c1/corrections", set={"best": dossier.position + number}, **WHY)


def cursors(dossier: Dossier) -> list[str]:
    return [item["cursor"] for item in done(dossier.http.get(f"{dossier.path}/events?limit=1000"))["items"]]


@contextmanager
def browsing(url: str, folder: Path) -> Iterator[None]:
    assert CHROMIUM
    arguments = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={folder / 'profile'}", url,
    ]  # fmt: skip
    with (folder / "browser.log").open("wb") as said:
        browser = subprocess.Popen([CHROMIUM, *arguments], stdout=said, stderr=said)
        try:
            yield
        finally:
            browser.terminate()
            try:
                browser.wait(10)
            except subprocess.TimeoutExpired:
                browser.kill()
                browser.wait()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_resumes_where_it_was_cut_off(dossier: tuple[Running, Dossier], tmp_path: Path) -> None:
    installation, followed = dossier
    page = (
        PAGE.read_text().replace("TYPES", json.dumps(list(EVENT_TYPES))).replace("PATH", f"{API}{followed.path}/events")
    )
    with serving(page, installation.port) as proxy, browsing(proxy.url, tmp_path):

        def told(count: int) -> list[dict[str, Any]]:
            eventually(lambda: len(proxy.got) >= count, f"{count} events are told", within_s=2 * PATIENCE_S)
            assert len(proxy.got) == count, "no event is told twice"
            return proxy.got

        told(followed.position)
        # Cut between two events, and within one.
        for within in (False, True):
            asked = len(proxy.asked)
            proxy.cut_after(1000) if within else proxy.cut()
            correct(followed, 5)
            told(followed.position)
            assert len(proxy.asked) > asked, "it came back"
            came_back = re.search(r"(?im)^last-event-id: (\S+)\r?$", proxy.asked[-1])
            assert came_back, "by itself, with the last id"
            assert came_back[1] in cursors(followed)
        # The API dies and comes again; in between a proxy says 502.
        asked = len(proxy.asked)
        installation.kill("api")
        eventually(lambda: len(proxy.asked) > asked, "it tries")
        installation.start_api()
        correct(followed, 5)
        got = told(followed.position)
    assert [event["id"] for event in got] == cursors(followed)
    assert [event["type"] for event in got] == [event["data"]["type"] for event in got]
    assert got[0]["data"]["data"]["details"]["title"] == "Hajin and Baghouz, الباغوز"


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
def test_curl_resumes_after_the_last_event_id(dossier: tuple[Running, Dossier]) -> None:
    installation, followed = dossier

    def heard(count: int, *headers: str) -> list[str]:
        assert CURL
        arguments = ["-N", "-s", "-H", "Accept: text/event-stream", *headers]
        with subprocess.Popen(
            [CURL, *arguments, f"{installation.url}{API}{followed.path}/events"], stdout=subprocess.PIPE, text=True
        ) as curl:
            assert curl.stdout
            ids: list[str] = []
            fields: dict[str, str] = {}
            while len(ids) < count:
                name, _, value = curl.stdout.readline().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                    continue
                if "data" in fields:
                    assert json.loads(fields["data"])["cursor"] == fields["id"]
                    ids.append(fields["id"])
                fields = {}
            curl.send_signal(signal.SIGINT)
        return ids

    first = heard(5)
    correct(followed, 3)
    rest = heard(followed.position - 5, "-H", f"Last-Event-ID: {first[-1]}")
    assert [*first, *rest] == cursors(followed)
