"""What optuna-dashboard shows of a study, and serving it."""

import socket

from results.store import open_store

HOST = "127.0.0.1"


def serve(database: str, port: int) -> None:
    """Serves the dashboard on this machine alone until interrupted; port 0 takes a free one.

    Raises StoreError where there is no such database.
    """
    from optuna_dashboard import run_server

    storage = open_store(database).optuna_storage()
    chosen = port or _free_port()
    print(f"Dashboard: http://{HOST}:{chosen}/  (Ctrl-C ends it)", flush=True)
    run_server(storage, host=HOST, port=chosen)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
