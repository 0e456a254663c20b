"""Test of a connection, for the person who filled in its form."""

from __future__ import annotations

from contextlib import aclosing

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.api.reading import Reading
from indicaonline.errors import IndicaOnlineError, NotFoundError
from indicaonline.records import InventoryItem, Office


async def try_connection(config: ApiConfig) -> tuple[bool, str]:
    """Request the offices; return True if inventory can be read, and the result in one line. Store nothing."""
    # One read: a list of offices that changes between pages is still a working connection.
    async with IndicaOnlineClient(config, max_reads=1, keep_responses=False) as client:
        try:
            return await _try(client)
        except IndicaOnlineError as error:
            return False, str(error)


async def _try(client: IndicaOnlineClient) -> tuple[bool, str]:
    listing: Reading[Office] = client.reference_list("offices")
    offices = [office async for page in listing for office in page.items]
    error = listing.outcome.error
    wanted = client.config.office_ids
    # Without the list of offices, pulls still work for the office_ids of the connection.
    if isinstance(error, NotFoundError) and wanted:
        return await _try_office(client, wanted[0])
    if isinstance(error, NotFoundError):
        return False, (
            f"{error} If only the list of offices is elsewhere, set its path,"
            " or list the offices in office_ids; the contract check requests the other endpoints."
        )
    if error is not None:
        return False, str(error)
    return True, _seen(offices, wanted)


async def _try_office(client: IndicaOnlineClient, office_id: int) -> tuple[bool, str]:
    reading: Reading[InventoryItem] = client.office_inventory(office_id)
    rows = 0
    # Closed explicitly: after a break, an async generator ends only when it is garbage collected.
    async with aclosing(aiter(reading)) as pages:
        async for page in pages:
            rows += len(page.items) + len(page.rejected)
            break  # one page suffices
    if reading.outcome.error is not None:
        return False, str(reading.outcome.error)
    return True, (
        f"Connected: office {office_id} answers with {rows} products or more. The list of offices is not at"
        f" {client.config.path(client.config.paths['offices'])}; the office_ids of the connection are used."
    )


def _seen(offices: list[Office], wanted: list[int]) -> str:
    # Ten ids, because the page shows the message in one line.
    ids = [office.id for office in offices]
    shown = ", ".join(str(number) for number in ids[:10]) + (", ..." if len(ids) > 10 else "")
    words = f"Connected: the key sees {len(ids)} office{'' if len(ids) == 1 else 's'}" + (
        f" ({shown})." if ids else "."
    )
    missing = [str(number) for number in wanted if number not in ids]
    if missing:
        words += f" Not among them, though in office_ids: {', '.join(missing)}."
    return words
