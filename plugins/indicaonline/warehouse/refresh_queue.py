"""The queue of packages due for refresh: filled from the change log, claimed by tasks in portions, oldest first."""

from __future__ import annotations

import msgspec

from indicaonline.settings import Settings
from indicaonline.warehouse.session import committing, wait_for_turn
from indicaonline.warehouse.sql import Connection, fetch_all, fetch_one, read_sql


class PlannedFetch(msgspec.Struct, frozen=True):
    """A planned fetch, numbered as a pull: the list of a product or, with ``package_id``, one package."""

    pull_id: int
    product_id: int
    package_id: int | None


class QueueStatus(msgspec.Struct, frozen=True):
    """The number of packages and lists that are due, and of those among them whose next fetch has to wait."""

    left_over: int
    waiting: int


class PackageTask(msgspec.Struct, frozen=True):
    """One of several tasks that refresh packages together: its number, from 1, and how many they are."""

    number: int = 1
    tasks: int = 1

    def share(self, total: int) -> int:
        """Return the part of a whole number that is this task's; the parts of all tasks add up to it."""
        return total // self.tasks + (self.number <= total % self.tasks)


def become(connection: Connection, task: PackageTask) -> None:
    """Wait until no other session is the task with this number; commits. The number is free when the connection ends.

    Its claims are safe meanwhile. They are released if it dies, because PostgreSQL then frees the lock.
    """
    wait_for_turn(connection, f"package_task.{task.number}")


def enqueue_due(connection: Connection, settings: Settings) -> None:
    """Release claims of tasks that have ended, then enqueue what changed and what is older than the sweep age; commits.

    Several tasks may do this: the first one enqueues, the others find nothing.
    """
    with committing(connection):
        connection.execute(read_sql("packages/lock_queue"))
        connection.execute(read_sql("packages/release_claims"))
        parameters = {"quantities_wait": settings.package_quantity_refresh == "daily"}
        connection.execute(read_sql("packages/enqueue_changes"), parameters)
        connection.execute(read_sql("packages/enqueue_old"), {"sweep_age": settings.package_sweep_age})


def plan_fetches(connection: Connection, task: PackageTask, *, fetches: int, batch: int) -> list[PlannedFetch]:
    """Claim fetches for a task and return them; commits. No row of the queue is planned twice by one run.

    They are the task's share of what is due, at least a ``batch``, at most ``fetches``.
    """
    parameters = {"task": task.number, "tasks": task.tasks, "fetches": fetches, "batch": batch}
    with committing(connection):
        connection.execute("SELECT ops.lock('package_queue')")
        return fetch_all(connection, PlannedFetch, "packages/plan_fetches", parameters)


def queue_status(connection: Connection, task: PackageTask) -> QueueStatus:
    """Count what is still due and not claimed by another task; commits."""
    left = fetch_one(connection, QueueStatus, "packages/count_queue", {"task": task.number})
    connection.commit()
    return left


def account_has_packages(connection: Connection) -> bool:
    """Return True if this account has ever returned a package: only then is a 404 treated as deleted."""
    row = connection.execute("SELECT EXISTS (SELECT FROM inventory.package_version)").fetchone()
    connection.commit()
    return row is not None and bool(row[0])
