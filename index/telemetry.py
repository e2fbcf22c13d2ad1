"""Libraries that tell their makers what they are used for are told not to.

The network is used for what somebody set up, and the home is the only folder that is written.
"""

from __future__ import annotations

import os

__all__ = ["silence_onnxruntime"]


def silence_onnxruntime() -> None:
    """Have onnxruntime send no events, make no id of the machine, and keep no database of events.

    Its releases from 1.32 on do all three unless this variable is set before the first import.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
