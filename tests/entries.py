"""The records of a few documents, by what they are called."""

from __future__ import annotations

from index.store.manifest import Entry


def entry(title: str, day: str | None = None) -> Entry:
    """The record of a document with this title and date."""
    return Entry("seed", "0", title, "text/plain", day, "en", 1)


DOCUMENTS = {
    "2023/annual-report.pdf": entry("Annual report 2023", "2024-02-03"),
    "2024/annual-report.pdf": entry("Annual report 2024", "2025-02-01"),
    "data.xlsx": entry("Prices"),
    "mail/a.eml": entry("Re: swap", "2025-11-02"),
    "mail/b.msg": entry("Minutes", "2025-09-30"),
    "mueller.txt": entry("Report by Robert Mueller", "2019-04-18"),
    "notes/plan (1).md": entry("Plan", "2025-10-20"),
}
