"""Which documents to search: by name, folder, format and date."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

__all__ = ["Filter"]


@dataclass(frozen=True, slots=True)
class Filter:
    """A document passes when it meets every part that is given.

    ``document`` is a glob on ids, ``folder`` a path under the seeds, ``formats`` endings of ids
    without the dot, ``documents`` ids. Dates are ISO 8601, both bounds included; a bound may be
    a year or a month. A document without a date passes no bound.
    """

    document: str | None = None
    folder: str | None = None
    formats: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None
    documents: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether every document passes."""
        return self == Filter()

    def allows(self, document_id: str, date: str | None) -> bool:
        """Whether a document passes.

        >>> Filter(after="2025-01-01").allows("a.txt", "2025-11-01")
        True
        >>> Filter(after="2025-01-01").allows("a.txt", None)
        False
        >>> Filter(before="2025-11").allows("a.txt", "2025-11-30")
        True
        >>> Filter(folder="mail", formats=("eml",)).allows("mail/2025/x.EML", None)
        True
        """
        return (
            (not self.documents or document_id in self.documents)
            and (self.document is None or fnmatchcase(document_id, self.document))
            and (self.folder is None or document_id.startswith(self.folder.strip("/") + "/"))
            and (not self.formats or _ending(document_id) in map(_plain, self.formats))
            and ((self.after is None and self.before is None) or self._is_in_time(date))
        )

    def _is_in_time(self, date: str | None) -> bool:
        if date is None:
            return False
        is_late_enough = self.after is None or date >= self.after
        return is_late_enough and (self.before is None or date[: len(self.before)] <= self.before)


def _ending(document_id: str) -> str:
    return document_id.lower().rpartition(".")[2]


def _plain(ending: str) -> str:
    return ending.lower().lstrip(".")
