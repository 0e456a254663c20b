"""The request of *Test connection*, mended on its way into the API server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.plugin.connection_test import PATH, PortZeroMiddleware, without_port_zero


@pytest.fixture
def server() -> TestClient:
    """An API server that answers with the body it was sent, and its announced length."""
    app = FastAPI()

    async def echo(request: Request) -> dict[str, Any]:
        body = await request.body()
        return {"body": body.decode(), "length": int(request.headers["content-length"])}

    app.add_api_route(PATH, echo, methods=["POST", "PATCH"])
    app.add_api_route("/af" + PATH, echo, methods=["POST"])
    app.add_api_route("/api/v2/connections", echo, methods=["POST"])
    app.add_middleware(PortZeroMiddleware)
    return TestClient(app)


@pytest.mark.parametrize("prefix", ["", "/af"])
@pytest.mark.parametrize("kind", ["indicaonline", "postgres"])
def test_port_0_is_left_out(server: TestClient, prefix: str, kind: str) -> None:
    answer = server.post(prefix + PATH, json={"conn_type": kind, "host": "h", "port": 0, "password": "***"}).json()
    assert json.loads(answer["body"]) == {"conn_type": kind, "host": "h", "password": "***"}
    assert answer["length"] == len(answer["body"])


def test_everything_else_passes_untouched(server: TestClient) -> None:
    for fields in (
        {"conn_type": "indicaonline", "port": 8443},
        {"conn_type": "indicaonline", "port": None},
        {"conn_type": "http", "port": 0},
        [{"conn_type": "indicaonline", "port": 0}],
    ):
        text = json.dumps(fields, indent=3)
        assert server.post(PATH, content=text).json()["body"] == text
    text = '{"conn_type": "indicaonline", "port": 0}'
    assert server.post("/api/v2/connections", content=text).json()["body"] == text
    assert server.patch(PATH, content=text).json()["body"] == text


@given(body=st.binary(max_size=40))
def test_no_body_breaks_it(body: bytes) -> None:
    assert without_port_zero(body) == body
