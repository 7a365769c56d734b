"""A Prefect that never leaves the machine: the variables under which its server and our flows run."""

from pathlib import Path

from config.settings import PROJECT


def prefect_environment(home: Path, port: int) -> dict[str, str]:
    """Environment of `prefect server start --host 127.0.0.1 --port PORT` and of `python -m flows.serve`.

    Everything Prefect keeps lies below home/prefect; no telemetry, no cloud, no questions to outside.
    Set before prefect is imported.
    """
    return {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_UI_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # without a server: an error, not a second server
        "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",  # automations: not used
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(14 * 86_400),
        "PREFECT_RUNNER_POLL_FREQUENCY": "5",
        "PREFECT_LOGGING_LEVEL": "INFO",
        "NO_PROXY": "127.0.0.1,localhost,::1",
        "PYTHONPATH": str(PROJECT),
    }
