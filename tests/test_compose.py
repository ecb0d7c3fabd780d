"""That compose.yaml, the Dockerfile and the CI script hold together, checked without a container engine."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from infrastructure.wakeups import QUEUE, WEBHOOKS
from interfaces.cli.main import app

ROOT = Path(__file__).parents[1]
# Of the Compose specification, what is used here. A misspelt key would be refused only where an engine runs.
SERVICE_KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "networks", "ports",
    "read_only", "restart", "security_opt", "shm_size", "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
DURATION = re.compile(r"(\d+(ms|s|m|h))+")
OURS = {"migrate", "api", "worker", "webhooks"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    """Instructions with their arguments."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    kept = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.strip().partition(" ") for line in kept)]


def test_the_file_has_only_what_compose_knows(compose: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "volumes", "networks"}
    assert set(services) == {"postgres", "valkey"} | OURS
    for name, service in services.items():
        assert set(service) <= SERVICE_KEYS, name
        assert isinstance(service.get("command", []), list), "a string would go through a shell's rules"
        assert all(isinstance(word, str) for word in service.get("command", [])), name
        assert (
            all(isinstance(value, str) for value in service["environment"].values())
            if "environment" in service
            else True
        )
        assert re.fullmatch(r"no|always|unless-stopped|on-failure(:\d+)?", service["restart"]), name
        assert DURATION.fullmatch(service.get("stop_grace_period", "10s")), name


def test_networks_and_volumes_are_declared(compose: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    assert {network for service in services.values() for network in service["networks"]} == set(compose["networks"])
    named = {volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert named == set(compose["volumes"])


def test_each_part_waits_for_what_it_needs(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] in CONDITIONS
            checked = services[other].get("healthcheck", {})
            assert how["condition"] != "service_healthy" or "test" in checked, f"{name} waits for {other} in vain"
    assert services["api"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["worker"]["depends_on"] == services["api"]["depends_on"] == services["webhooks"]["depends_on"]
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_what_runs_on_has_a_health_check(
    services: dict[str, dict[str, Any]], dockerfile: list[tuple[str, str]]
) -> None:
    for name, service in services.items():
        check = service.get("healthcheck", {})
        assert set(check) <= HEALTH_KEYS, name
        assert all(DURATION.fullmatch(check[key]) for key in check if key in ("interval", "timeout", "start_period"))
        assert "test" in check or name in ("api", "migrate"), name
        assert check.get("test", ["CMD"])[0] == "CMD", name
    assert "healthcheck" not in services["api"], "the image's is meant for it"
    assert any(word == "HEALTHCHECK" and "/readyz" in rest for word, rest in dockerfile)


def test_the_password_must_be_given_and_nothing_else(services: dict[str, dict[str, Any]]) -> None:
    text = (ROOT / "compose.yaml").read_text()
    variables = re.findall(r"\$\{(\w+)(:[?-])?", text)
    assert {name for name, default in variables if default == ":?"} == {"POSTGRES_PASSWORD"}
    assert all(default for _, default in variables), "an unset variable would be taken for an empty one"
    for name in OURS:
        assert services[name]["environment"]["PGPASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert "POSTGRES_PASSWORD" not in services["api"]["environment"]["KRONIEK_DATABASE_URL"]


def test_only_the_api_is_published_and_on_this_machine_only(services: dict[str, dict[str, Any]]) -> None:
    assert {name for name, service in services.items() if "ports" in service} == {"api"}
    (port,) = services["api"]["ports"]
    assert port.startswith("127.0.0.1:") and port.endswith(":8000")
    assert "--port=8000" in services["api"]["command"]


def test_webhooks_have_a_way_out_and_the_worker_has_none(
    compose: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    assert compose["networks"]["inside"] == {"internal": True}
    out = {name for name, service in services.items() if set(service["networks"]) != {"inside"}}
    assert out == {"api", "webhooks"}


def test_the_workers_share_all_the_work(services: dict[str, dict[str, Any]]) -> None:
    queues = [
        words[words.index("--queues") + 1 :] for words in (services[name]["command"] for name in ("worker", "webhooks"))
    ]
    assert queues == [[QUEUE], [WEBHOOKS]]


def test_the_parts_run_what_is_there(services: dict[str, dict[str, Any]]) -> None:
    commands: Any = typer.main.get_command(app)
    program, *arguments = services["migrate"]["command"]
    assert program == "kroniek" and arguments[0] in commands.commands
    for name in ("api", "worker", "webhooks"):
        module = next(word.partition(":")[0] for word in services[name]["command"] if word.startswith("interfaces."))
        assert (ROOT / f"{module.replace('.', '/')}.py").exists()
    assert {service.get("image", "").partition(":")[0] for service in services.values()} == {
        "kroniek",
        "postgres",
        "valkey/valkey",
    }


def test_every_part_of_ours_is_the_same_image_and_may_do_little(services: dict[str, dict[str, Any]]) -> None:
    for name in OURS:
        service = services[name]
        assert service["build"] == "." and service["image"] == services["api"]["image"]
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"]


def test_the_image_is_made_from_what_is_there(dockerfile: list[tuple[str, str]]) -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = [rest.split()[:-1] for word, rest in dockerfile if word == "COPY" and not rest.startswith("--from")]
    for source in (name for names in copied for name in names):
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, f"{source} is not sent to the engine"
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= {name for names in copied for name in names}


def test_the_image_is_small_locked_and_not_root(dockerfile: list[tuple[str, str]]) -> None:
    bases = [rest.split()[0] for word, rest in dockerfile if word == "FROM"]
    assert len(bases) == 2 and all(re.fullmatch(r"python:3\.\d+-slim", base) for base in bases)
    assert "--require-hashes -r requirements.lock" in _all(dockerfile)
    users = [rest for word, rest in dockerfile if word == "USER"]
    assert users and users[-1] not in ("root", "0")


def _all(dockerfile: list[tuple[str, str]]) -> str:
    return " ".join(f"{word} {rest}" for word, rest in dockerfile)


def test_ci_runs_what_anybody_can_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", script], check=True)
    run = re.findall(r"^\s*make ([\w-]+)", script.read_text(), flags=re.MULTILINE)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert run == ["check", "test", "bench-quick"] and set(run) <= set(targets)
