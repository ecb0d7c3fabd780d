"""What is counted, and told to Prometheus."""

import httpx
import psycopg
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.interfaces.running import Dossier, Running, eventually, figure, free_port


def values(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """By name, and by the values of the labels in the order of their names."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(value for _, value in sorted(sample.labels.items()))] = sample.value
    return found


def test_the_api_counts_requests_appends_and_refusals_by_names_that_are_bounded(
    furnished: Dossier, installation: Running
) -> None:
    def told() -> dict[str, dict[tuple[str, ...], float]]:
        answer = httpx.get(f"{installation.url}/metrics", headers={"Accept": OPENMETRICS})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        return values(answer.text)

    before = told()
    furnished.record("claims", **figure())
    furnished.http.get("/dossiers/nowhere/claims")
    httpx.get(f"{installation.url}/no/such/address")
    after = told()

    def more(name: str, *labels: str) -> float:
        return after[name].get(labels, 0) - before.get(name, {}).get(labels, 0)

    assert more("kroniek_appends_total") >= 1
    assert more("kroniek_commit_seconds_count") >= 1
    assert more("kroniek_refusals_total", "no_such_dossier") == 1
    routes = {route for _, route, _ in after["kroniek_requests_total"]}
    assert not any(furnished.id in route.split("/") or "nowhere" in route for route in routes), routes
    assert "none" in routes
    assert more("kroniek_log_lines_dropped") == 0
    assert after["kroniek_pool_connections_most"][()] >= 1


def test_a_worker_tells_what_it_counts_at_an_address_of_its_own(installation: Running, furnished: Dossier) -> None:
    port = free_port()
    given = installation.settings
    installation.settings = {**given, "KRONIEK_METRICS_PORT": str(port)}
    installation.start_worker("measured", "read-models")
    try:

        def turns() -> bool:
            furnished.record("claims", **figure())
            try:
                told = values(httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"Accept": OPENMETRICS}).text)
            except httpx.TransportError:
                return False
            return told["kroniek_turn_events_count"][()] > 0

        eventually(turns, "it took a batch")
    finally:
        installation.settings = given
        installation.stop("measured")


def test_streams_are_counted_while_somebody_follows_them(installation: Running, furnished: Dossier) -> None:
    def followed() -> float:
        return values(httpx.get(f"{installation.url}/metrics").text)["kroniek_streams"][()]

    before = followed()
    accept = {"Accept": "text/event-stream"}
    with installation.client() as http, http.stream("GET", f"{furnished.path}/events", headers=accept) as stream:
        told = stream.iter_text()
        next(told)
        eventually(lambda: followed() == before + 1, "it is counted")
    eventually(lambda: followed() == before, "it is counted no more")


def test_rebuilds_are_counted_while_they_are_under_way(installation: Running, furnished: Dossier) -> None:
    furnished.record("claims", **figure())
    furnished.get("claims")

    def under_way() -> float:
        return values(httpx.get(f"{installation.url}/metrics").text)["kroniek_rebuilds"][()]

    # One that a read model refuses: nobody goes on with it, and it stays under way until somebody decides.
    with psycopg.connect(installation.database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "insert into rebuilds (dossier_id, read_model, share, shares, generation, version, switch, position, "
            "refused_position, refused_because) values (%s, 'sources', 0, 1, 99, 1, false, 0, 1, 'cannot take it')",
            [furnished.id],
        )
        try:
            eventually(lambda: under_way() == 1, "it is counted")
        finally:
            connection.execute("delete from rebuilds where dossier_id = %s", [furnished.id])
    eventually(lambda: under_way() == 0, "it is counted no more")


OPENMETRICS = "application/openmetrics-text"
