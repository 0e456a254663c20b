"""The queue of packages due for refresh: filled from the change log, claimed by tasks in portions, oldest first."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from indicaonline.errors import SettingError
from indicaonline.settings import Settings
from indicaonline.warehouse.session import committing, wait_for_turn
from indicaonline.warehouse.sql import Connection, fetch_all, fetch_one, read_sql

UNKNOWN_SHOWN = 10


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
    """One of several tasks that refresh packages together: its number, from 1, and how many they are.

    ``products`` restricts it to some products.
    """

    number: int = 1
    tasks: int = 1
    products: list[int] | None = None

    def share(self, total: int) -> int:
        """Return the part of a whole number that is this task's; the parts of all tasks add up to it."""
        return total // self.tasks + (self.number <= total % self.tasks)


def become(connection: Connection, number: int) -> None:
    """Wait until no other session is the task with this number; commits. The number is free when the connection ends.

    Its claims are safe meanwhile. They are released if it dies, because PostgreSQL then frees the lock.
    """
    wait_for_turn(connection, f"package_task.{number}")


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


def enqueue_given(connection: Connection, packages: Sequence[int], products: Sequence[int]) -> list[int]:
    """Enqueue some packages, and the lists of some products; commits. Returns the products concerned.

    Raises :class:`~indicaonline.errors.SettingError` for packages that no answer has contained: their product is
    unknown, and requests are made by product.
    """
    with committing(connection):
        connection.execute(read_sql("packages/lock_queue"))
        connection.execute(read_sql("packages/release_claims"))
        parameters = {"packages": list(packages), "products": list(products)}
        rows = connection.execute(read_sql("packages/enqueue_given"), parameters).fetchall()
        if unknown := set(packages) - {package_id for _, package_id in rows}:
            shown = ", ".join(map(str, sorted(unknown)[:UNKNOWN_SHOWN]))
            raise SettingError(
                f"{len(unknown)} packages were in no answer of the API yet: {shown}. Give their products instead, or"
                " pull the inventory first."
            )
    return sorted({product_id for product_id, _ in rows})


def plan_fetches(connection: Connection, task: PackageTask, *, fetches: int, batch: int) -> list[PlannedFetch]:
    """Claim fetches for a task and return them; commits. No row of the queue is planned twice by one run.

    They are the task's share of what is due, at least a ``batch``, at most ``fetches``.
    """
    parameters = msgspec.structs.asdict(task) | {"fetches": fetches, "batch": batch}
    with committing(connection):
        connection.execute("SELECT ops.lock('package_queue')")
        return fetch_all(connection, PlannedFetch, "packages/plan_fetches", parameters)


def queue_status(connection: Connection, task: PackageTask) -> QueueStatus:
    """Count what of its products is still due, and not claimed by another task; commits."""
    left = fetch_one(connection, QueueStatus, "packages/count_queue", msgspec.structs.asdict(task))
    connection.commit()
    return left


def account_has_packages(connection: Connection) -> bool:
    """Return True if this account has ever returned a package: only then is a 404 treated as deleted."""
    row = connection.execute("SELECT EXISTS (SELECT FROM inventory.package_version)").fetchone()
    connection.commit()
    return row is not None and bool(row[0])
