"""Runs a coroutine's runner in a thread of its own.

In the main thread ``asyncio.run`` drops the loop that Gradio has made there and never closes, which
Python then warns of in whatever test is running.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run_apart(run: Callable[..., Any], *values: Any) -> Any:
    """What ``run`` (``asyncio.run``, ``anyio.run``) returns."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run, *values).result()
