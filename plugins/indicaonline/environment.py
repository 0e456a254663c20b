"""Reads the settings of an account: environment variables ``INDICAONLINE_<NAME>``, or options of Airflow.

``INDICAONLINE_ACCOUNTS`` names several accounts, each with the settings that differ for it. Without it there is one
account, whose id is empty.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from indicaonline.airflow_cfg import SECTION, configured
from indicaonline.declaration import convert, fields_of
from indicaonline.errors import SettingError
from indicaonline.settings import OTHER_NAMES, PREFIX, Settings, warn_once

ACCOUNTS = f"{PREFIX}ACCOUNTS"
# Part of names of DAGs, connections, pools and roles, and of the variable AIRFLOW_CONN_INDICAONLINE_<ID>.
_ID = re.compile(r"[a-z][a-z0-9_]{0,29}")


def load_settings(
    account: str | None = None,
    differing: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings of an account, and warn about unknown names of variables.

    Raises :class:`~indicaonline.errors.SettingError`, which names the variable, for an unusable value, for an account
    that is not named, and for the lack of an account where there are several.

    :param account: its id; None for the only one
    :param differing: settings that differ from those of the environment
    :param environment: default: that of the process
    """
    given, accounts = _read(environment)
    account = account or given.get("account", "")
    if accounts and not account:
        raise SettingError(f"{ACCOUNTS} names accounts: name one of {', '.join(accounts)}.")
    if account and account not in accounts and differing is None:
        known = f"it names {', '.join(accounts)}" if accounts else "it is not set"
        raise SettingError(f"There is no account '{account}' in {ACCOUNTS}: {known}.")
    return _settings(given, account, {**accounts.get(account, {}), **(differing or {})})


def load_accounts(environment: Mapping[str, str] | None = None) -> list[Settings]:
    """Return the settings of each account in the environment, or of the only one.

    Raises :class:`~indicaonline.errors.SettingError` as :func:`load_settings` and :func:`check_apart` do.
    """
    given, accounts = _read(environment)
    if "account" in given or not accounts:
        return [load_settings(environment=environment)]
    loaded = [_settings(given, account, differing) for account, differing in accounts.items()]
    check_apart(loaded)
    return loaded


def account_ids(environment: Mapping[str, str] | None = None) -> list[str]:
    """Return the ids of the accounts in the environment; an empty list where there is one account.

    Raises :class:`~indicaonline.errors.SettingError` for an unusable ``INDICAONLINE_ACCOUNTS``.
    """
    given, accounts = _read(environment)
    return [given["account"]] if "account" in given else list(accounts)


def check_apart(accounts: Sequence[Settings]) -> None:
    """Raise SettingError for two accounts that share a warehouse, the role of its analysts, or an export."""
    # Roles belong to the whole server: who may read mart of one database could read that of the other, too.
    for name, what in (("warehouse_conn_id", "connection"), ("analyst_role", "role"), ("export_url", "folder")):
        values = [getattr(settings, name) for settings in accounts]
        for value in values:
            if value and values.count(value) > 1:
                raise SettingError(f"Accounts share the {what} '{value}': give each one of its own ({name}).")


def environment_variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each unknown variable ``INDICAONLINE_...``, with the most similar known name."""
    # Without the values, because a misspelt name may hold a secret.
    known = [*map(str.upper, Settings.__struct_fields__), *(name.removeprefix(PREFIX) for name in OTHER_NAMES)]
    sentences = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            # Compared without the prefix, which would make any two names similar.
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
            hint = f"did you mean {PREFIX}{near[0]}?" if near else "docs/configuration.md lists the settings."
            sentences.append(f"{name} is not a setting and has no effect: {hint}")
    unknown = sorted(set(configured(environment)) - set(Settings.__struct_fields__))
    return sentences + [f"[{SECTION}] {name} in Airflow's configuration is not a setting." for name in unknown]


def _read(environment: Mapping[str, str] | None) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the given settings, without those of single accounts, and these by account."""
    # Read at each call and never at import, so that tests and the command line control the environment.
    environment = os.environ if environment is None else environment
    for warning in unknown_names(environment):
        warn_once(warning)
    options = configured(environment)
    # An empty variable means the default, as in a settings.env whose value was deleted.
    texts = {
        name: (environment.get(environment_variable(name), "").strip() or options.get(name, "").strip())
        for name in Settings.__struct_fields__
    }
    given = {name: _parsed(name, text) for name, text in texts.items() if text}
    accounts = convert({"accounts": given.pop("accounts", {})}, Settings, environment_variable).accounts
    for account in accounts:
        _check_id(account)
    return given, accounts


def _check_id(account: str) -> None:
    """Raise SettingError for an id that names of connections, DAGs and roles cannot hold."""
    if not _ID.fullmatch(account):
        raise SettingError(
            f"{account[:40]!r} cannot be the id of an account: take small letters, digits and underscores, such as"
            " north_2, at most 30."
        )


def _settings(given: Mapping[str, Any], account: str, differing: Mapping[str, Any]) -> Settings:
    """Return the settings of an account."""
    if not account:
        return convert({**given, **differing}, Settings, environment_variable)
    _check_id(account)
    for name in differing:
        if name not in Settings.__struct_fields__ or name in ("account", "accounts"):
            raise SettingError(f"{ACCOUNTS}: '{name}' of account {account} is not a setting of an account.")
    # Of its own by default: what accounts shared would mix their stock, or make one wait for the other.
    export_url = given.get("export_url", "")
    own = {
        "account": account,
        "api_conn_id": f"indicaonline_{account}",
        "warehouse_conn_id": f"inventory_warehouse_{account}",
        **{name: f"{given.get(name, getattr(Settings(), name))}_{account}" for name in ("api_pool", "analyst_role")},
        **({"export_url": f"{export_url.rstrip('/')}/{account}"} if export_url else {}),
    }
    return convert(
        {**given, **own, **differing}, Settings, lambda name: f"{environment_variable(name)} (account {account})"
    )


def _parsed(name: str, text: str) -> object:
    """Decode the JSON of a setting that is a mapping. Other text is returned as it is, and the check refuses it."""
    if fields_of(Settings)[name].schema.get("type") == "object":
        with contextlib.suppress(msgspec.DecodeError):
            # Decimal, because a float would change a threshold such as 0.05.
            return msgspec.json.Decoder(float_hook=Decimal).decode(text)
    return text
