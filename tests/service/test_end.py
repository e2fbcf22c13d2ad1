"""The end of a server: SIGTERM lets the answers that are being given end."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

pytestmark = pytest.mark.enable_socket

HARBOUR = "The harbour of Lindal was built in 1974 by the town.\n\n"
QUESTIONS = 90  # they take more than the two seconds after which an open window is cut off


def test_sigterm_takes_nobody_new_and_answers_those_who_asked(serve_window, tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "harbour.txt").write_text(HARBOUR + "".join(map(_paragraph, range(20))))
    served = serve_window(tmp_path / "seeds", tmp_path / "home")

    def ask(number: int) -> httpx.Response:
        question = {"question": f"When was harbour {number} of Lindal built?", "k": 50}
        with httpx.Client(base_url=served.url, trust_env=False, timeout=60) as client:
            return client.post("/api/ask", json=question)

    with ThreadPoolExecutor(QUESTIONS + 1) as pool:
        window = pool.submit(_look_until_cut_off, served.url)
        asked = [pool.submit(ask, number) for number in range(QUESTIONS)]
        while not any(one.done() for one in asked):
            time.sleep(0.02)
        os.kill(served.process.pid, signal.SIGTERM)
        ended = time.monotonic()
        replies = [one.result() for one in asked]
        assert window.result()
    assert [reply.status_code for reply in replies] == [200] * QUESTIONS
    with pytest.raises(httpx.TransportError):
        ask(0)
    while served.process.is_running():
        assert time.monotonic() < ended + 40
        time.sleep(0.05)


def _paragraph(number: int) -> str:
    """As long as a passage, and about the harbour: all of it is read for an answer."""
    about = (
        f"Boat {number * 40 + n} left the harbour with {n} crates of herring." for n in range(20)
    )
    return " ".join(about) + "\n\n"


def _look_until_cut_off(url: str) -> bool:
    """An open window: a stream of events that has no end of its own."""
    stream = f"{url}/gradio_api/queue/data?session_hash=waits"
    try:
        with httpx.stream("GET", stream, trust_env=False, timeout=60) as reply:
            assert reply.status_code == 200
            for _ in reply.iter_raw():
                pass
    except httpx.TransportError:
        pass
    return True
