"""The keys of the official chart that ``deploy/helm-values.yaml`` uses, with their types: chart 1.22.0.

Below a key of the type ``dict`` anything may stand: it is Kubernetes' own, or a section of ``airflow.cfg``.
"""

CHART = "1.22.0"

_RESOURCES = {"resources": dict}
_PROBE = {"startupProbe.failureThreshold": int}
_KEDA = {
    "keda.enabled": bool,
    "keda.pollingInterval": int,
    "keda.cooldownPeriod": int,
    "keda.minReplicaCount": int,
    "keda.maxReplicaCount": int,
    "keda.query": str,
}
_JOB = {"args": list, "extraVolumes": list, "extraVolumeMounts": list}
_SERVER = {"replicas": int, "podDisruptionBudget.enabled": bool, **_PROBE, **_RESOURCES}

WORKERS: dict[str, type] = {
    "queue": str,
    "terminationGracePeriodSeconds": int,
    "extraInitContainers": list,
    "persistence.enabled": bool,
    **_RESOURCES,
    **_KEDA,
}
"""Below ``workers.celery``, and in each of its ``sets``, which also have a name."""

_SECTIONS: dict[str, dict[str, type]] = {
    "images": {"airflow.repository": str, "airflow.tag": str, "migrationsWaitTimeout": int},
    "postgresql": {"enabled": bool},
    "pgbouncer": {"enabled": bool},
    "redis": {"enabled": bool, "persistence.enabled": bool, "persistence.size": str},
    "data": {"metadataSecretName": str},
    "migrateDatabaseJob": _JOB,
    "createUserJob": _JOB,
    "workers.celery": {**WORKERS, "sets": list},
    "apiServer": _SERVER,
    "scheduler": _SERVER,
    "dagProcessor": {"enabled": bool, **_RESOURCES},
    "triggerer": {"enabled": bool, "persistence.enabled": bool, **_RESOURCES},
    "logs": {"persistence.enabled": bool, "persistence.existingClaim": str},
    "statsd": {"enabled": bool},
    "flower": {"enabled": bool},
}
KEYS: dict[str, type] = {
    "airflowVersion": str,
    "defaultAirflowTag": str,
    "fernetKeySecretName": str,
    "apiSecretKeySecretName": str,
    "jwtSecretName": str,
    "secret": list,
    "env": list,
    "config": dict,
    "executor": str,
    "allowPodLaunching": bool,
    "airflowLocalSettings": str,
    **{f"{section}.{key}": kind for section, keys in _SECTIONS.items() for key, kind in keys.items()},
}
