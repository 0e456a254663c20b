"""The hook of Airflow connections of type ``indicaonline``."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import amask_secret, mask_secret

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.api.connection import try_connection
from indicaonline.api.masking import common_spellings
from indicaonline.api.network import route
from indicaonline.errors import SettingError
from indicaonline.hooks.missing import missing_connection
from indicaonline.settings import Settings


class IndicaOnlineHook(BaseHook):
    """Reads an ``indicaonline`` connection and makes clients from it.

    The ``a``-methods are for code in an event loop (``aexecute``).

    :param indicaonline_conn_id: the connection's id
    """

    conn_name_attr = "indicaonline_conn_id"
    default_conn_name = "indicaonline_default"
    conn_type = "indicaonline"
    hook_name = "IndicaOnline"

    def __init__(self, indicaonline_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.indicaonline_conn_id = indicaonline_conn_id
        self._config: ApiConfig | None = None

    def config(self) -> ApiConfig:
        """Return the checked connection. Raises SettingError, one line, if it is missing or has an unusable field."""
        if self._config is None:
            try:
                connection = self.get_connection(self.indicaonline_conn_id)
            except AirflowNotFoundException:
                connection = None
            self._config = self._read(connection)
            # Airflow masks the password by itself, but in one spelling only.
            for secret in _secrets(self._config):
                mask_secret(secret)
        return self._config

    async def aconfig(self) -> ApiConfig:
        """:meth:`config`, inside an event loop."""
        # Airflow's synchronous methods send a request to the supervisor and would block the loop.
        if self._config is None:
            try:
                connection = await self.aget_connection(self.indicaonline_conn_id)
            except AirflowNotFoundException:
                connection = None
            self._config = self._read(connection)
            for secret in _secrets(self._config):
                await amask_secret(secret)
        return self._config

    def client(self, settings: Settings | None = None, *, tasks: int = 1) -> IndicaOnlineClient:
        """Return a client for this connection, to be used as ``async with``; ``tasks`` share its rate of requests."""
        config = self.config()
        if tasks > 1:
            config = msgspec.structs.replace(config, requests_per_second=config.requests_per_second / tasks)
        return _client(config, settings or Settings())

    async def aclient(self, settings: Settings | None = None) -> IndicaOnlineClient:
        """:meth:`client`, inside an event loop."""
        return _client(await self.aconfig(), settings or Settings())

    def test_connection(self) -> tuple[bool, str]:
        """Return True if the API can be used, and a message. For the Test button; stores nothing."""
        try:
            config = self.config()
        except SettingError as error:
            return False, str(error)
        # The page waits for the result. So time-outs are shorter, and nothing is retried.
        impatient = msgspec.structs.replace(
            config,
            connect_timeout=min(config.connect_timeout, 5),
            read_timeout=min(config.read_timeout, 15),
            retry_seconds=0,
        )
        # In another thread, because the caller may have a running event loop, where asyncio.run fails.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, try_connection(impatient)).result()

    def _read(self, connection: Any) -> ApiConfig:
        if connection is None:
            raise missing_connection(
                self.indicaonline_conn_id,
                "add one of type IndicaOnline (Admin > Connections), with the API key in its password field.",
            )
        return ApiConfig.from_connection_fields(
            connection.host, connection.schema, connection.port, connection.password, self._extra(connection.extra)
        )

    def _extra(self, text: str | None) -> dict[str, Any]:
        # Not extra_dejson of Airflow, which logs invalid JSON and returns {}: all defaults would apply.
        try:
            extra = json.loads(text or "{}")
        except ValueError:
            extra = None
        if not isinstance(extra, dict):
            raise SettingError(f"The extra of connection '{self.indicaonline_conn_id}' is not a JSON object.")
        return extra


def _secrets(config: ApiConfig) -> list[str]:
    """Return the texts that Airflow has to mask in logs."""
    # Airflow masks constant texts only, so likely spellings of the key are included.
    password = route(config).password
    return [config.key, *common_spellings(config.key), *([password] if password else [])]


def _client(config: ApiConfig, settings: Settings) -> IndicaOnlineClient:
    return IndicaOnlineClient(
        config,
        max_clock_skew=settings.max_clock_skew,
        max_reads=settings.max_reads,
        unusable_share=settings.unusable_share,
        business_time_zone=settings.zone(),
    )
