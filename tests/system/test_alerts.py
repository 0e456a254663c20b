"""The alerts and metrics of a real Airflow."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from email.message import EmailMessage

import pytest

from receivers import ADDRESS_PART, Receivers
from system_rig import FRESHNESS, FRESHNESS_TASK, OFFICE_TASK, SNAPSHOT, UPDATES, SystemRig

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


def html(mail: EmailMessage) -> str:
    """Return the text of a mail."""
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_a_failed_run_is_one_message_to_each_target(rig: SystemRig, receivers: Receivers) -> None:
    rig.set_key("not-the-key-of-this-account")
    run = rig.run_now(SNAPSHOT)
    assert run["state"] == "failed"
    assert len(rig.tasks(run, OFFICE_TASK)) == len(rig.offices)

    path, sent = receivers.web.next(lambda request: request[1]["run_id"] == run["dag_run_id"])
    assert path == f"/{ADDRESS_PART}"
    assert sent["dag_id"] == SNAPSHOT
    mail = receivers.mail.next(lambda mail: run["dag_run_id"] in html(mail))
    assert mail["To"] == "ops@example.com"
    assert mail["Subject"] == sent["subject"]
    assert mail["Subject"].startswith(f"{SNAPSHOT} failed: {OFFICE_TASK} [")
    for text in (html(mail), sent["text"]):
        assert run["dag_run_id"] in text
        assert len(re.findall(rf"^{OFFICE_TASK} \[.+\]: .*key", text, re.MULTILINE)) == len(rig.offices)
        assert f"{rig.stack.airflow.url}/dags/{SNAPSHOT}/runs/" in text
        assert "What to do for each alert" in text
        assert "not-the-key-of-this-account" not in text
    assert not [request for request in receivers.web.all() if request[1]["run_id"] == run["dag_run_id"]]


def test_a_run_that_succeeds_is_metrics(rig: SystemRig, receivers: Receivers) -> None:
    (before,) = rig.query("SELECT coalesce(max(pull_id), 0) FROM ops.pull")
    receivers.metrics.all()
    assert rig.run_now(SNAPSHOT)["state"] == "success"
    ((pulls, rows),) = rig.query("SELECT count(*), sum(items) FROM ops.pull WHERE pull_id > %s", *before)
    assert pulls == len(rig.offices)

    sums: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for line in receivers.metrics.all():
        name, _, value = line.partition(":")
        sums[name] += int(float(value.split("|")[0])) if value.endswith("|c") else 0
        times[name] += value.endswith("|ms")
    asked = rig.query("SELECT count(*) FROM raw.response WHERE pull_id > %s", *before)
    assert (sums["airflow.indicaonline.requests"],) == asked[0]
    assert sums["airflow.indicaonline.retries"] == 0
    assert sums["airflow.indicaonline.pull.complete,kind=office"] == pulls
    assert sums["airflow.indicaonline.pull.rows,kind=office"] == rows
    assert times["airflow.indicaonline.pull.duration,kind=office,status=complete"] == pulls
    assert "airflow.indicaonline.pull.incomplete,kind=office" not in sums


def test_a_warehouse_that_is_behind_is_alerted_once(rig: SystemRig, receivers: Receivers) -> None:
    receivers.metrics.all()
    first = rig.run_due(FRESHNESS)
    assert first["state"] == "failed"
    _, sent = receivers.web.next(lambda request: request[1]["run_id"] == first["dag_run_id"])
    assert f"{FRESHNESS_TASK}: The freshness SLA is breached. Changes are expected" in sent["text"]
    assert UPDATES in sent["text"]
    assert [line for line in receivers.metrics.all() if line.startswith("airflow.indicaonline.freshness.update_lag:")]

    again = rig.run_now(FRESHNESS, dt.datetime.now(dt.UTC))
    if again["start_date"][:10] != first["start_date"][:10]:
        # Midnight has passed, and its alert was about the new day. The next one has this one before it.
        again = rig.run_now(FRESHNESS, dt.datetime.now(dt.UTC))
    assert again["state"] == "failed"
    logs = rig.stack.airflow.folder / "logs" / "dag_processor"
    held = f"Run {again['dag_run_id']}: the previous run failed in the same way today"
    rig.stack.processes.wait_until(
        lambda: sum(path.read_text().count(held) for path in logs.rglob("*.log")) == 2, "no further alert", 300
    )
    assert not [request for request in receivers.web.all() if request[1]["run_id"] == again["dag_run_id"]]
