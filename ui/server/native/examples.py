"""What the OpenAPI description shows: answers of a real server (``examples.json``), and errors."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

__all__ = ["ERRORS", "STREAM", "example"]

_FILE = files("ui.server.native").joinpath("examples.json")
_EXAMPLES: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))

ERRORS: tuple[tuple[int, dict[str, str]], ...] = (
    (400, {"error": "There was an error parsing the body"}),
    (401, {"error": "Unauthorized: log in, or send Authorization: Bearer KEY"}),
    (
        403,
        {
            "error": "your account may not do this, or not with this key: it takes the right edit"
            " (role editor or admin)"
        },
    ),
    (404, {"error": "the index has no document 'plan.md'"}),
    (409, {"error": "no index in the home: run `footnote index` or press Rebuild"}),
    (413, {"error": "the body is longer than 1,000,000 bytes"}),
    (422, {"error": "the question is empty: ask something about the documents"}),
    (429, {"error": "too many questions at a time: ask again in a moment"}),
)
STREAM = """event: step
data: {"text":"searched 2 passages in 12 ms, read 2"}

event: sentence
data: {"sentence":{"text":"The harbour was built in 1974.","citations":[1]},"citations":[]}

event: answer
data: {"question":"When was the harbour built?","answer":"1974 [1]"}
"""


def example(name: str) -> Any:
    """An answer of that name."""
    return _EXAMPLES[name]
