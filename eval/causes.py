"""Why an answer changed between two runs: which documents, or else the settings or the program.

It compares what both runs rest on. A document is named as the cause when it changed and the case
cites it, before or after, or was judged by it; others that changed only compete in the search.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Causes"]

_NAMED = 3


class Causes:
    """What differs between two reports, and what of it a case depends on."""

    def __init__(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self._documents = _changed(before.get("documents"), after.get("documents"))
        self._settings = _changed_settings(before.get("settings", {}), after.get("settings", {}))
        self._is_other_code = before.get("code") != after.get("code")
        self._versions = f"{_program(before)} to {_program(after)}"

    def of(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        """Why the case has another answer, in words.

        >>> old = {"documents": {"a.txt": "1"}, "settings": {}}
        >>> row = {"sources": [], "citations": [{"document": "a.txt"}]}
        >>> Causes(old, {"documents": {"a.txt": "2"}, "settings": {}}).of(row, row)
        'a.txt has changed'
        >>> Causes(old, old).of(row, row)
        'nothing that was recorded has changed'
        """
        touched = {c["document"] for row in (before, after) for c in row["citations"]}
        touched.update(before["sources"])
        own = [told for name, told in self._documents.items() if name in touched]
        reasons = [_several(own)] if own else []
        if not own and self._documents:
            count = len(self._documents)
            reasons.append(
                f"none of its documents has changed, but {count} other{'' if count == 1 else 's'}, "
                "which the search also finds"
            )
        if self._settings:
            reasons.append(_several(self._settings))
        if self._is_other_code:
            reasons.append(f"the program has changed ({self._versions})")
        return "; ".join(reasons) or "nothing that was recorded has changed"


def _changed(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> dict[str, str]:
    """What became of each document that is not the same in both, in words."""
    if before is None or after is None:
        return {}
    told: dict[str, str] = {}
    for name in sorted({*before, *after}):
        if name not in before:
            told[name] = f"{name} is new"
        elif name not in after:
            told[name] = f"{name} is gone"
        elif before[name] != after[name]:
            told[name] = f"{name} has changed"
    return told


def _changed_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"the setting {name} was {before.get(name)} and is {after.get(name)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _program(report: Mapping[str, Any]) -> str:
    return f"{report.get('version', 'unknown')}, {report.get('code', 'unknown')}"


def _several(told: list[str]) -> str:
    more = len(told) - _NAMED
    return ", ".join(told[:_NAMED]) + (f" and {more} more" if more > 0 else "")
