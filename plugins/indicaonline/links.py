"""Links of tasks, which Airflow shows on their pages: to the pull in the ledger, and to the office."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from airflow.sdk import BaseOperatorLink

# Relative, without a leading slash, as the addresses of the plugin: Airflow may be served under a prefix.
PAGE = "plugin/inventory"


class PullLink(BaseOperatorLink):
    """The pull of a task in the ledger on the page *Inventory*; where it made several, the latest of their kind."""

    name = "Pull in the ledger"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address, empty where the task has committed no pull. Airflow calls this when a try ends."""
        if len(operator.pulls) == 1:
            return _address(operator, "ledger", pull=operator.pulls[0].pull_id)
        return _address(operator, "ledger", kind=operator.pulls[0].kind) if operator.pulls else ""


class OfficeLink(BaseOperatorLink):
    """The office of a task: its screen at IndicaOnline by ``office_url_template``, else on the page *Inventory*."""

    name = "Office"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address, empty for a task with several offices."""
        offices = operator.office_ids()
        if len(offices) != 1:
            return ""
        template = operator.load_settings().office_url_template
        return (
            template.replace("{office_id}", str(offices[0]))
            if template
            else _address(operator, "stock", office=offices[0])
        )


def _address(operator: Any, view: str, **parameters: object) -> str:
    page = f"{PAGE}/account/{operator.account}" if operator.account else PAGE
    return f"{page}/{view}?{urlencode(parameters)}"
