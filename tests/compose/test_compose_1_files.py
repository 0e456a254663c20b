"""The compose file, without running it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from deployment import PORTS, REPOSITORY, Deployment
from deployments import Deployments

PROFILES = ("celery", "lean", "demo")
ONCE = "service_completed_successfully"
TELLER = "demo"


@pytest.fixture(scope="module")
def deployment(deployments: Deployments) -> Deployment:
    """A stack with its ``.env``."""
    return deployments.make("files")


@pytest.fixture(scope="module")
def services(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Every service of every profile, as compose understands it."""
    return resolved(deployment)


@pytest.fixture(scope="module")
def once(services: dict[str, dict[str, Any]]) -> set[str]:
    """The services that run once, while others wait for their success."""
    waits = [wait for service in services.values() for wait in service.get("depends_on", {}).items()]
    return {name for name, wait in waits if wait["condition"] == ONCE}


def resolved(deployment: Deployment) -> dict[str, dict[str, Any]]:
    return json.loads(deployment.compose("--profile", "*", "config", "--format", "json"))["services"]


@pytest.mark.parametrize("profile", PROFILES)
def test_without_env_it_refuses_in_one_line(deployments: Deployments, profile: str) -> None:
    bare = deployments.checkout(f"bare-{profile}")
    said = bare.compose("--profile", profile, "up", check=False).strip()
    assert "\n" not in said
    assert "make env" in said


def test_no_variable_can_be_missing_silently() -> None:
    # Compose warns of each one that is, before it says in one line why it refuses; in which order is left to chance.
    assert re.findall(r"(?<!\$)\$\{\w+\}", (REPOSITORY / "docker-compose.yaml").read_text()) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_there_are_no_warnings(services: dict[str, Any], deployment: Deployment, profile: str) -> None:
    assert deployment.compose("--profile", profile, "config", "--quiet") == ""


def test_the_profiles_are_of_their_size(services: dict[str, Any]) -> None:
    by_profile = {name: {key for key, service in services.items() if name in service["profiles"]} for name in PROFILES}
    assert by_profile["celery"] - by_profile["lean"] == {"redis", "scheduler", "worker"}
    assert not by_profile["demo"] & (by_profile["celery"] | by_profile["lean"])
    assert set(services) == set().union(*by_profile.values())


def test_nothing_listens_beyond_loopback_unless_configured(services: dict[str, Any], deployment: Deployment) -> None:
    published = [(name, port) for name, service in services.items() for port in service.get("ports", ())]
    assert {port["published"] for _, port in published} == {deployment.env[name] for name in PORTS}
    assert {port["host_ip"] for _, port in published} == {"127.0.0.1"}
    assert {name for name, _ in published} & {"redis", "worker"} == set()
    deployment.edit(UI_LISTEN="192.0.2.1")
    assert resolved(deployment)["api-server"]["ports"][0]["host_ip"] == "192.0.2.1"
    deployment.edit(UI_LISTEN="127.0.0.1")


def test_every_service_is_watched_bounded_and_brought_back(services: dict[str, Any], once: set[str]) -> None:
    assert once == {"migrate", "demo-migrate"}
    for name, service in services.items():
        assert ("healthcheck" in service) == (name not in once), name
        assert service["restart"] == ("no" if name in {*once, TELLER} else "unless-stopped"), name
        assert 0 < int(service["mem_limit"]) <= 3 << 30, name
        assert service["logging"]["driver"] == "json-file", name
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
        assert service["image"].rpartition(":")[2] not in ("", "latest"), name


def test_the_same_env_is_kept_and_private(deployment: Deployment) -> None:
    before = deployment.env
    deployment.make_env()
    after = deployment.env
    assert {name for name in before if before[name] != after[name]} <= set(PORTS)
    deployment.edit(**before)
    assert (deployment.folder / ".env").stat().st_mode & 0o077 == 0
