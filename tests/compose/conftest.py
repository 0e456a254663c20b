"""The deployed stack, for tests that only run when they are asked for: ``make test-compose``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from deployment import REPOSITORY, Deployment
from deployments import RUNNING, Demo, Deployments, Kept

from demo.settings import zone_just_after_midnight

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Return True if these tests are not named on the command line, as in `make test`."""
    named = (Path(argument.partition("::")[0]).resolve() for argument in config.args)
    return None if any(path.is_relative_to(HERE) for path in named) else True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Add the status and the last logs of the containers to the report of a failed test."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for deployment in RUNNING:
            report.sections.append((f"containers of {deployment.project}", deployment.last_words()))


@pytest.fixture(scope="session")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployments]:
    """The deployments of these tests."""
    with ExitStack() as stack:
        yield Deployments(tmp_path_factory.mktemp("deployments"), stack)


@pytest.fixture(scope="session")
def now() -> dt.datetime:
    """The start of these tests."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, now: dt.datetime) -> Kept:
    """The settings and the simulated account of both stacks; later a backup of the warehouse, and what it holds."""
    settings = {
        "INDICAONLINE_BUSINESS_TIME_ZONE": zone_just_after_midnight(now),
        # The clock of the simulated API stands while a part of the story lasts.
        "INDICAONLINE_MAX_CLOCK_SKEW_MINUTES": "30",
    }
    begun = (now - dt.timedelta(hours=8)).isoformat()
    return Kept(tmp_path_factory.mktemp("kept") / "warehouse.dump", settings, begun)


@pytest.fixture(scope="session")
def configured(deployments: Deployments, kept: Kept) -> Deployment:
    """A stack with workers, beside a simulated account; its image is built, none of it runs."""
    deployment = deployments.make_beside_simulator("celery", kept)
    # One task at a time: two of them can only run on two workers.
    deployment.edit(WORKER_CONCURRENCY="1")
    deployment.build()
    return deployment


@pytest.fixture(scope="session")
def demo(deployments: Deployments, configured: Deployment) -> Iterator[Demo]:
    """The demo, of the same image; not yet started."""
    demo = Demo(deployments.make("demo"))
    yield demo
    demo.interrupt()


@pytest.fixture(scope="session")
def runbook() -> list[str]:
    """The commands of the runbook for a backup, and for what is done with it, block by block."""
    _, _, text = (REPOSITORY / "docs" / "operations.md").read_text().partition("## Backup and restore\n")
    return [block.group() for block in re.finditer(r"(?:^ {4}\S?.*\n)+", text.partition("\n## ")[0], re.MULTILINE)]
