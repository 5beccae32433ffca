"""A cluster that somebody else runs: a scheduler and workers with a cache of their own, as on other machines."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny

from results.evidence import frames, studies
from results.store.database import open_store
from study.config import load_config
from study.corpus.prepared.prepared import packed, unpack
from study.errors import InputError, Refused, StudyError
from study.jobs.study import run_study
from study.progress.watcher import Silent
from study.workers import cluster, dask_engine, start_engine

DASK = str(Path(sys.executable).parent / "dask")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Elsewhere:
    """A scheduler and workers that keep their corpora in `cache`."""

    def __init__(self, cache: Path) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.cache = cache
        self._processes: list[subprocess.Popen[bytes]] = []
        self.start_scheduler()

    def start_scheduler(self) -> None:
        self._scheduler = self._start("scheduler", "--port", self.address.rsplit(":", 1)[1], "--no-dashboard")

    def kill_scheduler(self) -> None:
        """Its workers end by themselves."""
        self._scheduler.kill()
        for process in self._processes:
            process.wait()

    def kill_workers(self) -> None:
        for process in self._processes:
            if process is not self._scheduler:
                process.kill()
                process.wait()

    def add_worker(self, threads: int = 1) -> "subprocess.Popen[bytes]":
        place = ("--local-directory", str(self.cache.parent))
        options = ("--nthreads", str(threads), "--no-nanny", "--no-dashboard", *place)
        return self._start("worker", self.address, *options)

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        environment = os.environ | {"STUDY_CACHE": str(self.cache)}
        for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
            environment.pop(name, None)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._processes.append(subprocess.Popen([DASK, *command], env=environment, **quiet))
        return self._processes[-1]

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWERS_WITHIN", 1500)  # its processes are only beginning
    started = Elsewhere(tmp_path / "elsewhere")
    yield started
    started.close()


def numbers(folder: Path) -> tuple[list[object], list[object]]:
    with open_store(folder / "study.db") as store:
        name = studies.study_names(store)[0]
        epochs = frames.epochs(store, name).sort_values(["run_fingerprint", "split", "seed", "epoch"])
        finals = frames.finals(store, name).sort_values(["configuration", "seed"])
    losses = epochs[["run_fingerprint", "seed", "epoch", "train_loss"]].to_numpy().tolist()
    return losses, finals["test_loss"].tolist()


def test_a_study_on_a_cluster_has_the_numbers_of_one_process(elsewhere, tmp_path) -> None:
    elsewhere.add_worker()
    elsewhere.add_worker()
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    common = {"trials": 2, "deterministic": True, "finals": {"seeds": 1, "baselines": False}}
    settings = tiny.settings(there, scheduler=elsewhere.address, **common)
    run_study(load_config(None, settings | {"finals": {"seeds": 0}}), ["study"], Silent())
    (corpus,) = elsewhere.cache.iterdir()
    assert not list(corpus.glob("test_*"))  # the search does not need it there
    run_study(load_config(None, settings), ["study"], Silent())
    assert len(list(corpus.glob("test_*.npy"))) == 3
    run_study(load_config(None, tiny.settings(here, **common)), ["study"], Silent())
    assert numbers(there) == numbers(here)


def test_a_worker_with_other_versions_or_more_threads_is_refused(elsewhere, tmp_path, monkeypatch) -> None:
    elsewhere.add_worker(threads=2)
    with pytest.raises(Refused, match=r"worker tcp://127\.0\.0\.1:\d+: expected one thread, got 2; start it with"):
        start_engine(tmp_path, scheduler=elsewhere.address)
    monkeypatch.setattr("study.workers.cluster.expected", lambda: {"keras": "3.14.0"})
    with pytest.raises(Refused, match=r"worker tcp.*: expected keras 3\.14\.0 as the driver has, got 3\."):
        start_engine(tmp_path, scheduler=elsewhere.address)


def answers(engine, count):
    """Of so many tasks handed over at once, which take a moment each."""
    tickets = {engine.submit(str(number), time.sleep, 0.1): number for number in range(count)}
    return sorted(tickets[engine.next_done().ticket] for _ in tickets)


def test_what_becomes_of_a_cluster_is_told_and_its_work_is_done(elsewhere, tmp_path, capfd, monkeypatch) -> None:
    """A worker of another kind joins; then the scheduler is killed, comes back, and has workers again."""
    elsewhere.add_worker()
    monkeypatch.setattr(cluster, "COMES_BACK_WITHIN", 1500)
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        if "was lost" in line:
            elsewhere.start_scheduler()
        elif "is back" in line:
            elsewhere.add_worker()

    engine = start_engine(tmp_path, scheduler=elsewhere.address, said=hear)
    try:
        assert answers(engine, 3) == [0, 1, 2]
        elsewhere.add_worker(threads=2)
        while engine.workers < 2:
            time.sleep(0.1)
        assert answers(engine, 12) == list(range(12))
        (line,) = said
        assert re.match(r"worker tcp://127.0.0.1:\d+ joined and is left out: expected one thread, got 2", line)
        ticket = engine.submit("kept", time.sleep, 0.1)
        elsewhere.kill_scheduler()
        assert engine.next_done().ticket == ticket
        assert answers(engine, 3) == [0, 1, 2]
    finally:
        engine.close()
    lost, back, *_ = said[1:]
    assert lost == f"the scheduler at {elsewhere.address} was lost; waiting for it, 1500 s at most"
    assert back.startswith(f"the scheduler at {elsewhere.address} is back; it has no workers, start some with")
    assert capfd.readouterr().err == ""


def test_workers_that_are_all_gone_are_told_and_the_first_one_back_goes_on(
    elsewhere, tmp_path, monkeypatch
) -> None:
    """What waits had its last task on the worker that is gone."""
    assert cluster.SILENT_FOR + dask_engine.LOOKS_EVERY < 60
    monkeypatch.setattr(cluster, "SILENT_FOR", 1.0)
    monkeypatch.setattr(dask_engine, "LOOKS_EVERY", 0.2)
    elsewhere.add_worker()
    said: list[str] = []

    def hear(line: str) -> None:
        if not said:
            elsewhere.add_worker()
        said.append(line)

    engine = start_engine(tmp_path, scheduler=elsewhere.address, said=hear)
    try:
        engine.submit("kept", time.sleep, 0.0)
        engine.next_done()
        elsewhere.kill_workers()
        ticket = engine.submit("kept", time.sleep, 0.0)
        assert engine.next_done().ticket == ticket
    finally:
        engine.close()
    assert said[0] == (
        f"nothing was heard of any worker of {elsewhere.address} for 1 s; the study waits for one: "
        f"start some with `dask worker --nthreads 1 {elsewhere.address}`"
    )


def test_workers_that_hang_are_told(elsewhere, tmp_path, monkeypatch) -> None:
    """They are connected all the time, as those are whose network is gone."""
    monkeypatch.setattr(cluster, "SILENT_FOR", 1.0)
    monkeypatch.setattr(dask_engine, "LOOKS_EVERY", 0.2)
    worker = elsewhere.add_worker()
    said: list[str] = []

    def hear(line: str) -> None:
        worker.send_signal(signal.SIGCONT)
        said.append(line)

    engine = start_engine(tmp_path, scheduler=elsewhere.address, said=hear)
    try:
        worker.send_signal(signal.SIGSTOP)
        ticket = engine.submit("kept", time.sleep, 0.0)
        assert engine.next_done().ticket == ticket
    finally:
        engine.close()
    assert said[0].startswith(f"nothing was heard of any worker of {elsewhere.address} for 1 s; the study waits")


def test_nobody_at_the_address_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("study.workers.cluster.ANSWERS_WITHIN", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(StudyError, match=f"no Dask scheduler answers at {re.escape(address)}"):
        start_engine(tmp_path, scheduler=address)


def test_what_is_damaged_on_the_way_is_not_kept(tmp_path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("train_tokens.npy", "train_offsets.npy", "train_labels.npy", "card.json", "test_labels.npy"):
        (source / name).write_bytes(name.encode())
    files = packed(source, "train")
    assert sorted(files) == ["card.json", "train_labels.npy", "train_offsets.npy", "train_tokens.npy"]
    unpack(tmp_path / "there", files)
    assert (tmp_path / "there" / "card.json").read_bytes() == b"card.json"
    content, digest = files["train_labels.npy"]
    with pytest.raises(InputError, match=r"expected train_labels\.npy of corpus other as it was sent"):
        unpack(tmp_path / "other", {"train_labels.npy": (content + b"?", digest)})
    assert not list((tmp_path / "other").iterdir())
