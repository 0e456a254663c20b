"""Whether the Celery worker of this container answers: the exit code. For the health check of the service ``worker``.

Asks what ``celery inspect ping`` asks, but does not load Airflow for it, which would cost seconds of CPU each time.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from celery import Celery  # type: ignore[import-not-found, import-untyped, unused-ignore]  # in the image only

broker = subprocess.run(  # noqa: S602 - the command is our own setting
    os.environ["AIRFLOW__CELERY__BROKER_URL_CMD"], shell=True, capture_output=True, text=True, check=True
).stdout.strip()
answers = Celery(broker=broker).control.ping([f"celery@{socket.gethostname()}"], timeout=5)
sys.exit(not answers)
