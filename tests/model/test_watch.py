"""``footnote index --watch``: the installed command follows a folder until it is interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from index.errors import SeedsError
from index.watch import changes


def test_a_burst_of_changes_is_one_and_hidden_files_are_none(seeds, write):
    stop, seen = threading.Event(), []

    def watch() -> None:
        for _ in changes(seeds, stop=stop):
            seen.append(time.monotonic())

    thread = threading.Thread(target=watch)
    thread.start()
    deadline = time.monotonic() + 20
    while not seen and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(seen) == 1, "the watch has begun"
    write(seeds, {".hidden": "x"})
    time.sleep(1.2)
    assert len(seen) == 1
    for i in range(20):
        write(seeds, {f"sub/{i}.txt": "They met."})
    while len(seen) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.2)
    stop.set()
    thread.join(timeout=20)
    assert len(seen) == 2


def test_a_folder_that_is_not_there_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(SeedsError, match="--seeds DIR"):
        next(changes(tmp_path / "nowhere"))


def test_the_command_builds_after_each_change_and_ends_with_an_interrupt(write, seeds, home):
    write(seeds, {"a.txt": "Two ministers met."})
    command = [Path(sys.executable).parent / "footnote", "--seeds", seeds, "--home", home]
    process = subprocess.Popen(
        [*map(str, command), "index", "--watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell gives its background jobs an interrupt that is ignored; so would be this one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["added"] == ["a.txt"]
        assert "watching" in process.stderr.readline()
        write(seeds, {"b.txt": "The currency swap was renewed."})
        assert json.loads(process.stdout.readline())["added"] == ["b.txt"]
        (seeds / "a.txt").rename(seeds / "c.txt")
        report = json.loads(process.stdout.readline())
        assert report["renamed"] == [{"from": "a.txt", "to": "c.txt"}]
        assert report["embedded"] == 0
        (seeds / "b.txt").write_bytes(b"\x00\x01\x02")
        assert [f["document"] for f in json.loads(process.stdout.readline())["failed"]] == ["b.txt"]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    finally:
        process.kill()
        process.communicate()
