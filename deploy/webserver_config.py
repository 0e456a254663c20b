"""Login to Airflow with a password in Airflow's database or, if OIDC_ISSUER is set, by single sign-on.

Read by Airflow's FAB auth manager. Written for Keycloak; other OpenID providers have another provider name and list the
groups elsewhere. The provider must allow the redirect to ``<address>/auth/oauth-authorized/keycloak``.
"""

from __future__ import annotations

import os

from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH

# The address of the realm, such as https://login.example.com/realms/shops.
ISSUER = os.environ.get("OIDC_ISSUER", "").rstrip("/")

AUTH_TYPE = AUTH_OAUTH if ISSUER else AUTH_DB

if ISSUER:
    OAUTH_PROVIDERS = [
        {
            "name": "keycloak",
            "icon": "fa-key",
            "token_key": "access_token",
            "remote_app": {
                "client_id": os.environ["OIDC_CLIENT_ID"],
                "client_secret": os.environ["OIDC_CLIENT_SECRET"],
                "server_metadata_url": f"{ISSUER}/.well-known/openid-configuration",
                "api_base_url": f"{ISSUER}/protocol/",
                "client_kwargs": {"scope": "openid email profile"},
            },
        }
    ]
    # Every user of the provider is registered at the first login, without rights unless a group below grants them.
    AUTH_USER_REGISTRATION = True
    AUTH_USER_REGISTRATION_ROLE = "Public"
    # Roles follow the claim "groups" at every login, so that a person who leaves a group loses its rights.
    AUTH_ROLES_SYNC_AT_LOGIN = True
    AUTH_ROLES_MAPPING = {
        "airflow-admin": ["Admin"],
        "airflow-op": ["Op"],
        "airflow-user": ["User"],
        "airflow-viewer": ["Viewer"],
    }
