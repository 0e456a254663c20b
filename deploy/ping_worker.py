"""Health check of the service ``worker``: exits with 0 if the Celery worker of this container answers.

Sends the same ping as ``celery inspect ping``, but without loading Airflow, which takes seconds of CPU each time.
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
