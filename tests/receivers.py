"""Real servers on the loopback interface that record what Airflow sends: mail, webhooks, metrics."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any

from aiosmtpd.controller import Controller

from servers.rest import Rest

LOOPBACK = "127.0.0.1"
PATIENCE = 300
ADDRESS_PART = "the-secret-part-of-the-address"


class Received(Queue[Any]):
    """The received items, in order. ``address`` is the host and port of the receiver."""

    address: tuple[str, int] = (LOOPBACK, 0)

    def next(self, wanted: Callable[[Any], bool] = lambda _: True) -> Any:
        """The next one that is wanted, waited for; others are dropped."""
        try:
            while not wanted(found := self.get(timeout=PATIENCE)):
                pass
        except Empty:
            raise AssertionError(f"nothing of it came within {PATIENCE} s") from None
        return found

    def all(self) -> list[Any]:
        """Return all items so far."""
        found = []
        while not self.empty():
            found.append(self.get_nowait())
        return found


@contextmanager
def mail_server() -> Iterator[Received]:
    """An SMTP server; gives :class:`~email.message.EmailMessage`, parsed."""
    received = Received()

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - its name there
            message = BytesParser(EmailMessage, policy=default).parsebytes(envelope.content)
            received.put(message)
            return "250 OK"

    with socket.create_server((LOOPBACK, 0)) as listening:
        received.address = listening.getsockname()
    controller = Controller(Handler(), hostname=LOOPBACK, port=received.address[1])
    controller.start()
    try:
        yield received
    finally:
        controller.stop()


@contextmanager
def web_server(status: int = 200) -> Iterator[Received]:
    """A web server that answers every POST with a status; gives path and JSON body of each."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put((self.path, json.loads(body)))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Not into the output of the tests."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    received.address = (LOOPBACK, server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def statsd_server(about: str) -> Iterator[Received]:
    """A StatsD server; gives the lines whose metric has ``about`` in its name, such as ``name,kind=office:1|c``."""
    received = Received()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((LOOPBACK, 0))
        received.address = listening.getsockname()

        def listen() -> None:
            while line := listening.recv(65536):
                for each in line.decode().splitlines():
                    if about in each:
                        received.put(each)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield received
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", received.address)
            thread.join()


class Receivers:
    """The receivers of everything that an Airflow sends, except lineage."""

    def __init__(self, stack: ExitStack) -> None:
        self.mail = stack.enter_context(mail_server())
        self.web = stack.enter_context(web_server())
        self.metrics = stack.enter_context(statsd_server("indicaonline."))

    def settings(self) -> Mapping[str, str]:
        """The settings with which Airflow sends to them."""
        host, port = self.metrics.address
        return {
            "INDICAONLINE_ALERTS": "smtp:ops@example.com, webhook:alerts",
            # An SLA that is always breached, for a failure without a wait.
            "INDICAONLINE_FRESHNESS_UPDATE_HOURS": "0.0001",
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": host,
            "AIRFLOW__METRICS__STATSD_PORT": str(port),
            "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
        }

    def set_up(self, rest: Rest) -> None:
        """The two connections that alerts go through."""
        host, port = self.mail.address
        options = {"disable_ssl": True, "disable_tls": True, "from_email": "airflow@example.com"}
        mail = {"conn_type": "smtp", "host": host, "port": port, "extra": json.dumps(options)}
        host, port = self.web.address
        web = {"conn_type": "http", "host": f"http://{host}", "port": port, "password": ADDRESS_PART}
        for name, fields in (("smtp_default", mail), ("alerts", web)):
            rest.put("connections", "connection_id", {"connection_id": name, **fields})
