"""Runs the contract check as a task, with its report in the log of the task."""

from __future__ import annotations

import asyncio
from functools import partial

from airflow.sdk import Context

from indicaonline.operators.account import AsyncAccountOperator


class ContractCheckOperator(AsyncAccountOperator):
    """Checks the set-up, sends one request to each endpoint, and logs findings and advice. Writes nothing.

    Returns ``{"endpoints": [names that work], "problems": [names that do not], "set": [what to set]}``.
    Raises :class:`~indicaonline.errors.WrongKeyError` where the key is wrong, and
    :class:`~indicaonline.errors.FatalError` where no inventory endpoint works.
    """

    operator_extra_links = ()

    async def aexecute(self, context: Context) -> dict[str, list[str]]:
        from indicaonline.contract_check.check import contract_check
        from indicaonline.contract_check.report import failure, format_findings, format_report
        from indicaonline.contract_check.set_up import check_set_up
        from indicaonline.hooks.warehouse import connect_warehouse

        # Not open_warehouse(), which raises where the warehouse cannot be reached: here that is a finding.
        settings = self.load_settings()
        connect = partial(connect_warehouse, settings.warehouse_conn_id)
        # Logged before the first request, so that a wrong key or host does not hide it.
        set_up = await asyncio.to_thread(check_set_up, connect, settings, self.pool)
        self.log.info("What is set up around the API:\n%s", format_findings(set_up))
        async with await self.api_hook(settings).aclient(settings) as client:
            findings = await contract_check(client)
        self.log.info("What the API answers:\n%s", format_report(findings))
        error = failure(findings)
        if error is not None:
            raise error
        return {
            "endpoints": [finding.endpoint for finding in findings if finding.result == "ok"],
            "problems": [finding.endpoint for finding in (*set_up, *findings) if finding.result == "problem"],
            "set": [advice for finding in findings for advice in finding.advice],
        }
