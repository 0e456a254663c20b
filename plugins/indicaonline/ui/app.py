"""The FastAPI app of the page, mounted by Airflow's API server under ``/indicaonline``. GET routes only."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi import Query as Parameter
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles

from indicaonline.csv_cells import csv_text
from indicaonline.environment import load_settings
from indicaonline.errors import IndicaOnlineError, SettingError
from indicaonline.hooks.warehouse import connect_warehouse, open_warehouse
from indicaonline.settings import Settings, now, of_account
from indicaonline.ui import answers
from indicaonline.ui.access import SNAPSHOT, User, may_read, may_read_any, readable_accounts, rights
from indicaonline.ui.charts import Theme, chart_names, load_spec
from indicaonline.ui.datasets import Query, query
from indicaonline.ui.set_up import set_up_findings
from indicaonline.ui.vega_bundle import bundle, bundle_version
from indicaonline.warehouse.analyst import AnalystPool, dataset_names

STATIC = Path(__file__).parent / "static"
# Every answer is data or a page to print; no answer is a place for a script.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Not the default response: pydantic would turn Decimals into floats.
JSON = "application/json"

# The sessions of each account. A warehouse that is down keeps no other one waiting.
pools: dict[str, AnalystPool] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Prepare the JavaScript of the charts, which takes seconds; in the end close the sessions of the warehouse."""
    preparing = asyncio.create_task(asyncio.to_thread(bundle))
    yield
    await asyncio.wait([preparing])
    for pool in pools.values():
        pool.close()


# Without the generated documentation, which Airflow would serve to anybody.
app = FastAPI(title="IndicaOnline inventory", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
data = Depends(may_read)
Account = Annotated[str, data]
Width = Annotated[int | None, Parameter(ge=100, le=4000)]
Count = Annotated[int, Parameter(ge=1, le=20_000)]


class _Files(StaticFiles):
    """Files that a browser keeps, and asks for again at each use: they change with a release."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


@app.middleware("http")
async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Add those headers of :data:`HEADERS` that an answer does not have."""
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@app.exception_handler(IndicaOnlineError)
def as_sentence(_: Request, error: Exception) -> Response:
    """Return the sentence of an error: 400 for a wrong parameter, 503 for a warehouse that cannot be read."""
    status = 400 if isinstance(error, SettingError) else 503
    return _json({"problem": str(error)}, status)


@app.get("/me")
def me(user: User, account: Annotated[str, Depends(may_read_any)]) -> Response:
    """Return the user, the accounts and DAGs that the user may read and run, and the settings that the page shows."""
    settings, problem = _settings(account)
    return _json(
        {
            "user": user.get_name(),
            "account": account,
            "accounts": readable_accounts(user),
            "may": rights(user, account),
            "zone": settings.business_time_zone,
            "now": now(),
            "sla": {
                "snapshot_hours": settings.freshness_snapshot_hours,
                "update_hours": settings.freshness_update_hours,
            },
            "days": {
                "tolerance_hours": settings.snapshot_tolerance_hours,
                "carry_days": settings.carry_forward_max_days,
            },
            "problem": problem,
        }
    )


@app.get("/set-up")
def set_up(account: Account) -> Response:
    """Return the findings about the set-up."""
    return _json([msgspec.to_builtins(finding) for finding in set_up_findings(account)])


@app.get("/backfill")
def backfill(account: Account, first_day: dt.date, last_day: dt.date) -> Response:
    """Return the dates of a backfill that publishes these business days again, as Airflow's REST API takes them."""
    zone = open_warehouse(load_settings(account))[1].zone()
    dag_id = of_account(account, SNAPSHOT)
    return _json({"dag_id": dag_id, "from_date": _midnight(first_day, zone), "to_date": _midnight(last_day, zone)})


@app.get("/chart/{name}", dependencies=[data])
def chart(name: str, theme: Theme = "light", width: Width = None, panels: Count = 1, periods: Count = 1) -> Response:
    """Return the Vega-Lite definition of a chart, fitted to a width in pixels."""
    if name not in chart_names():
        raise HTTPException(404, f"There is no chart {name[:40]!r}.")
    return _json(load_spec(name, theme, width=width, panels=panels, periods=periods))


@app.get("/vega.js", dependencies=[data])
def vega(request: Request) -> Response:
    """Return the JavaScript that draws charts; 404 without the extra ``ui``."""
    version = bundle_version()
    if version is None:
        raise HTTPException(404, "The extra 'ui' is not installed.")
    headers = {"ETag": f'"{version}"', "Cache-Control": "private, max-age=86400"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(bundle(), media_type="text/javascript", headers=headers)


@app.get("/rows/{name}")
def rows(name: str, account: Account, request: Request) -> Response:
    """Return the rows of a dataset as JSON."""
    return Response(answers.as_json(_query(name, request).read(_pool(account))), media_type=JSON)


@app.get("/csv/{name}.csv")
def csv_file(name: str, account: Account, request: Request) -> Response:
    """Return the rows of a dataset as a CSV file."""
    found = _query(name, request).read(_pool(account))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(csv_text(found.columns, found.rows), media_type="text/csv; charset=utf-8", headers=headers)


@app.get("/sql/{name}")
def sql(name: str, account: Account, request: Request) -> Response:
    """Return the query of a dataset, with its parameters filled in."""
    return PlainTextResponse(_query(name, request).as_sql(_pool(account)))


@app.get("/print/{name}")
def print_page(name: str, account: Account, request: Request) -> Response:
    """Return the rows of a dataset as a page to print."""
    found = _query(name, request).read(_pool(account))
    style = f"{request.scope['root_path']}/static/print.css"
    return HTMLResponse(answers.as_page(name.replace("_", " ").capitalize(), found, style))


# Scripts and pictures hold no data. The browser loads the icon of the navigation without credentials.
app.mount("/static", _Files(directory=STATIC))


def _query(name: str, request: Request) -> Query:
    if name not in dataset_names():
        raise HTTPException(404, f"There is no dataset {name[:40]!r}.")
    return query(name, {key: value for key, value in request.query_params.items() if key != "account"})


def _pool(account: str) -> AnalystPool:
    """Return the sessions of an account. Raises SettingError for an unknown one."""
    if account not in pools:
        settings = load_settings(account)
        # The connection is read at each opening of a session, so that a change of it is followed.
        pool = AnalystPool(lambda: connect_warehouse(settings.warehouse_conn_id), role=settings.analyst_role)
        # Another thread may have been faster.
        pools.setdefault(account, pool)
    return pools[account]


def _settings(account: str) -> tuple[Settings, str | None]:
    """Return the settings in force, and why the warehouse cannot be read, if so."""
    try:
        return open_warehouse(load_settings(account))[1], None
    except IndicaOnlineError as error:
        problem = str(error)
    try:
        return load_settings(account), problem
    except SettingError:
        return Settings(), problem


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type=JSON)
