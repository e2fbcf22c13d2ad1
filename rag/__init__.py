"""Read side: a question (and its conversation) to an answer with citations, or an abstention.

One path for every surface: chat, command line, API and evaluation call the same Assistant.

The doors for a program that asks (``examples/library.py``): :class:`Settings`, the
:class:`Services` made from them, their :class:`Assistant`, and the :class:`Answer` that it gives.
Each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.assemble import Services
    from rag.assistant import Assistant
    from rag.settings import Settings
    from rag.types import Answer

__all__ = ["Answer", "Assistant", "Services", "Settings"]

_MODULES = {
    "Answer": "rag.types",
    "Assistant": "rag.assistant",
    "Services": "rag.assemble",
    "Settings": "rag.settings",
}


def __getattr__(name: str) -> object:
    """One of the doors, when it is first used (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
