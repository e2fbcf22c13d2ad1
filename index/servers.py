"""How long other servers that this program uses are waited for.

Each of them may be started anew while it is used, so what cannot be reached is asked again for a
while. Whatever is asked of them may be asked twice. Those who ask say what an error means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

__all__ = ["TIMEOUT", "ask_patiently"]

T = TypeVar("T")

TIMEOUT = httpx.Timeout(30.0, connect=3.0)
_PATIENCE_S = 10.0  # that a server may take to be started anew


def ask_patiently(call: Callable[[], T], *, patience_s: float | None = None) -> T:
    """What ``call`` gives; a server that cannot be reached is asked again for so many seconds.

    Raises:
        httpx.TransportError: it could not be reached in that time.
    """
    tries = Retrying(
        stop=stop_after_delay(_PATIENCE_S if patience_s is None else patience_s),
        wait=wait_exponential_jitter(multiplier=0.1, max=1.0, jitter=0.1),
        retry=retry_if_exception_type(httpx.TransportError),
        reraise=True,
    )
    return tries(call)
