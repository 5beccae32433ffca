"""A PostgreSQL server of the tests' own: Debian's, on loopback, in a folder that is deleted with it."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoServerError(RuntimeError):
    """There is no PostgreSQL to start; the message says what is missing."""


def _programs() -> Path:
    """The folder of initdb and postgres: Debian keeps them off the path, one folder a version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise NoServerError("no initdb in /usr/lib/postgresql/*/bin nor on the path; apt-get install postgresql")
    return found[-1].parent if found else Path(str(on_path)).parent


def _account() -> str | None:
    """Whom the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise NoServerError("root may not run PostgreSQL, and there is neither a user postgres nor nobody")


@contextmanager
def server() -> Iterator[str]:
    """The address of a running server's database, for SQLAlchemy. Raises NoServerError where there can be none."""
    programs, account = _programs(), _account()
    # Short, since a socket's path may have 107 characters, and where another account may look.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=os.environ.get("TMPDIR", "/tmp")))
    try:
        if account:
            shutil.chown(folder, account)
        options = {"user": account, "group": account, "extra_groups": []} if account else {}
        if account == "nobody":
            options["group"] = "nogroup"
        made = subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", "study", "-A", "trust", "-E", "UTF8", "--no-sync"],
            capture_output=True,
            text=True,
            cwd=folder,
            check=False,
            **options,
        )
        if made.returncode:
            raise NoServerError(f"initdb failed: {made.stderr.strip().splitlines()[-1:]}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [programs / "postgres", "-D", folder / "data", "-h", "127.0.0.1", "-p", str(port), "-k", folder]
        log = (folder / "log").open("wb")
        process = subprocess.Popen([*command, "-F"], stdout=log, stderr=log, cwd=folder, **options)
        try:
            _wait(programs, port, process)
            yield f"postgresql+psycopg://study@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(2)  # a fast shutdown: clients are sent away
            process.wait()
            log.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(programs: Path, port: int, process: subprocess.Popen[bytes]) -> None:
    ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
    for _ in range(600):
        if process.poll() is not None:
            raise NoServerError("the server ended at once")
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.5)
    raise NoServerError("the server did not answer within five minutes")
