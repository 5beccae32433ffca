"""Serving: the port, the address, who may ask."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from synthetic import STUDY, filled

from results.dashboard.server import bind, page_of
from results.store.schema import StoreError
from results.store.tables import LeaseRow

STUDY_COMMAND = Path(sys.executable).with_name("study")


@pytest.fixture
def store(tmp_path):
    with filled(tmp_path / "study.db", trials=5) as store:
        yield store


def serving(database: Path, *options: str) -> tuple[subprocess.Popen, list[str]]:
    """A dashboard of its own process, and its lines up to the address."""
    command = [str(STUDY_COMMAND), "dashboard", "--database", str(database), "--no-open", *options]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines: list[str] = []
    while not lines or not lines[-1].startswith("Dashboard: "):
        line = server.stdout.readline()
        assert line, server.stderr.read()
        lines.append(line.strip())
    return server, lines


def test_it_announces_the_page_of_the_study_once_it_can_be_had(store, tmp_path) -> None:
    server, lines = serving(tmp_path / "study.db")
    try:
        assert lines[0] == f"Study {STUDY}: 5 trials got a note."
        address = lines[-1].split()[1]
        assert address.endswith(page_of(store, STUDY))
        with urllib.request.urlopen(address, timeout=300) as page:
            assert b"<title>" in page.read()
        foreign = urllib.request.Request(address, headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(foreign, timeout=300)
    finally:
        server.send_signal(signal.SIGINT)
        _, err = server.communicate()
    assert server.returncode == 130
    assert "Traceback" not in err


def test_a_taken_port_is_one_line_before_any_address(store, tmp_path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StoreError, match=f"port {port} on 127.0.0.1 is taken by another program"):
            bind(store, port, lambda *_: False)
        command = [str(STUDY_COMMAND), "dashboard", "--database", str(tmp_path / "study.db"), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "name another one with --port" in done.stderr


def test_a_study_with_a_live_driver_is_left_to_it(store, tmp_path) -> None:
    with store.session() as session:
        session.add(LeaseRow(study=STUDY, token="mine", host=os.uname().nodename, pid=os.getpid()))
    server, lines = serving(tmp_path / "study.db")
    server.send_signal(signal.SIGINT)
    server.communicate()
    assert len(lines) == 1
