"""Builds on a Ray cluster of this machine: the same to the bit as without, whatever dies."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import sqlite3
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bench.ray_nodes import RayNodes
from index.builder.cluster import _Batch, _Driver, _Task
from index.builder.node import Embedding, answer, identity
from index.errors import BuildCancelledError, ClusterError
from index.store.home import Home
from index.types import Progress, Seed
from rag.assemble import Services
from rag.settings import Settings

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is not installed (extra `ray`)"
)


@pytest.fixture(scope="module")
def nodes():
    with RayNodes(2) as started:
        yield started


@pytest.fixture
def folder(repo, seeds, write) -> Path:
    """The shipped documents, some text, and files that cannot be read."""
    shutil.copytree(repo / "seeds", seeds, dirs_exist_ok=True)
    lines = [f"On day {i} keeper {i % 7} counted {i * 13 % 31} lanterns." for i in range(1_000)]
    write(seeds, {f"notes/{i}.txt": "\n".join(lines[i::50]) for i in range(50)})
    write(seeds, {"broken.pdf": b"%PDF-1.7 garbage"})
    return seeds


def services_on(nodes, seeds: Path, home: Path) -> Services:
    return Services(Settings(seeds=seeds, home=home, ray=nodes.address))


def contents(home: Path):
    """A generation but for its name and time; the catalog has the sha256 of each vector."""
    found = Home(home)
    manifest = found.manifest()
    with sqlite3.connect(found.directory(manifest.generation) / "catalog.db") as catalog:
        told = list(catalog.iterdump())
    with sqlite3.connect(found.vectors_path) as cache:
        vectors = cache.execute("SELECT key, vector FROM vectors ORDER BY key").fetchall()
    return replace(manifest, generation="", created=""), told, vectors


@needs_ray
def test_a_build_during_which_all_but_the_head_dies_is_the_same_to_the_bit(
    nodes, folder, home, tmp_path
):
    alone = tmp_path / "alone"
    local = Services(Settings(seeds=folder, home=alone)).builder.build()

    def kill_driver() -> None:
        for child in multiprocessing.active_children():
            if child.name == "footnote-driver":
                child.kill()

    strikes = [
        lambda: os.kill(nodes.workers()[0], signal.SIGKILL),
        kill_driver,
        lambda: nodes.kill(1),
    ]

    def strike(progress: Progress) -> None:
        if strikes and nodes.workers():
            strikes.pop(0)()

    report = services_on(nodes, folder, home).builder.build(progress=strike)
    nodes.add()
    assert not strikes, "nothing died meanwhile"
    assert contents(home) == contents(alone)
    assert (report.embedded, report.reused) == (local.embedded, local.reused)
    assert [f.document for f in report.failed] == ["broken.pdf"]
    assert report.failed == local.failed


@needs_ray
def test_a_cancelled_build_leaves_its_workers_with_nothing_to_do(nodes, folder, home):
    services = services_on(nodes, folder, home)

    def cancel(progress: Progress) -> None:
        if nodes.workers():
            raise BuildCancelledError("enough")

    with pytest.raises(BuildCancelledError):
        services.builder.build(progress=cancel)
    end = time.monotonic() + 20
    while nodes.workers() and time.monotonic() < end:
        time.sleep(0.1)
    assert not nodes.workers()
    assert Home(home).pointer() is None
    assert "cluster" not in {thread.name for thread in threading.enumerate()}


@needs_ray
def test_a_worker_of_another_version_is_refused_with_both_versions(nodes, seeds, home):
    wanted = identity(Settings(seeds=seeds, home=home)) | {"loaders": 3}
    driver = _Driver(nodes.address, wanted)
    try:
        with pytest.raises(ClusterError, match=r"has loaders \d+, this machine has loaders 3: "):
            driver.ask(Embedding(["text"])).result(timeout=60)
    finally:
        driver.stop()


@needs_ray
def test_a_cluster_that_is_not_there_is_named_within_seconds(folder, home):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        services = Services(Settings(seeds=folder, home=home, ray=address))
        started = time.monotonic()
        with pytest.raises(ClusterError, match=f"cannot reach the Ray cluster at {address}"):
            services.builder.build()
        assert time.monotonic() - started < 30
    assert Home(home).pointer() is None


def test_without_ray_the_extra_is_named(seeds, home, write, tmp_path, monkeypatch):
    write(seeds, {"a.txt": "They met."})
    write(tmp_path, {"ray.py": "raise ModuleNotFoundError"})
    monkeypatch.syspath_prepend(tmp_path)  # the process that speaks with Ray has it too
    services = Services(Settings(seeds=seeds, home=home, ray="127.0.0.1:6379"))
    with pytest.raises(ClusterError, match=r"footnote-rag\[ray\]"):
        services.builder.build()


def test_a_worker_does_nothing_for_another_version(seeds, home):
    wanted = identity(Settings(seeds=seeds, home=home))
    with pytest.raises(ClusterError, match="has sentences"):
        answer(wanted | {"sentences": 1}, b"not even unpickled")


def test_where_the_vectors_are_kept_is_no_business_of_a_worker(seeds, home):
    here = Settings(seeds=seeds, home=home)
    elsewhere = Settings(seeds=seeds, home=home, chroma_url="http://chroma:8000")
    assert identity(elsewhere) == identity(here)


def done(value: bytes) -> Future[bytes]:
    future: Future[bytes] = Future()
    future.set_result(value)
    return future


@pytest.mark.parametrize(
    "data", [b"", b"123", np.zeros(11, np.float32).tobytes(), np.full(12, np.nan, "f4").tobytes()]
)
def test_vectors_of_another_length_or_without_numbers_are_refused(data):
    with pytest.raises(ClusterError, match="no 3 vectors of 4 numbers"):
        _Batch(done(data), 3, 4).vectors(lambda: None)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"[1]", b'[{"failures": [["a", "b"]]}', b'[{"documents": 1}]']
)
def test_an_answer_that_is_no_text_of_the_file_is_refused(data):
    with pytest.raises(ClusterError, match="nonsense"):
        list(_Task([Seed("a.txt", "0" * 64, 1)], {}, done(data)).outcomes(lambda: None))


def test_an_address_is_a_host_and_a_port():
    for given in ("nowhere", "ray://head:10001", "head:6379/x"):
        with pytest.raises(ValueError, match="pattern"):
            Settings(ray=given)
    assert Settings(ray="[::1]:6379").ray == "[::1]:6379"
