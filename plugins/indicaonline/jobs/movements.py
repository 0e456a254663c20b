"""Rolls up the movements per business day, for the tasks ``roll_up``."""

from __future__ import annotations

import logging

from indicaonline.settings import Settings
from indicaonline.warehouse import movements
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.movements import RolledUp

log = logging.getLogger(__name__)


def roll_up(connect: Connect, settings: Settings) -> RolledUp:
    """Roll up every pull that is not rolled up yet; returns the result.

    Raises :class:`~indicaonline.errors.RetriableError` where the warehouse cannot be reached.
    """
    with warehouse(connect, settings) as connection:
        result = movements.roll_up(connection)
    log.info("%s pulls rolled up: %s rows of %s products in their offices.", result.pulls, result.rows, result.products)
    return result
