"""Documents that a question names itself: "in the 2024 report", "since October", "in the PDFs".

Rules for English. They narrow only to documents that exist: what names none, or all, leaves the
search as it is. "Since" and "after" leave out documents that were written before and so cannot
say; "before" and "in" only count when they are said of documents, because a later document can
tell of an earlier time. Nothing is searched here.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from index.filters import Filter
from index.manifest import Entry
from index.words import stems

__all__ = ["FORMATS", "Narrowing", "narrowing", "recognised"]

# Endings of file names by what people call such files.
FORMATS = {
    "pdf": ("pdf",),
    "spreadsheet": ("xlsx", "xls", "ods", "csv", "tsv"),
    "workbook": ("xlsx", "xls", "ods"),
    "slide": ("pptx",),
    "presentation": ("pptx",),
    "email": ("eml", "msg"),
    "e-mail": ("eml", "msg"),
    "mail": ("eml", "msg"),
    "word document": ("docx", "odt", "rtf"),
    "web page": ("html", "htm"),
    "notebook": ("ipynb",),
    "markdown file": ("md",),
    "text file": ("txt",),
}
_FORMAT = re.compile(
    r"\b(?:in|from|of|across|among)\s+(?:(?:all|any)\s+(?:of\s+)?)?(?:the|our|my|these|those)?\s*"
    rf"(?P<format>{'|'.join(sorted(FORMATS, key=len, reverse=True))})(?:s|es)\b",
    re.IGNORECASE,
)
_DOCUMENTS = (
    "report|memo|document|file|minutes|paper|presentation|slides|spreadsheet|workbook|e-?mail|letter"
    "|contract|agreement|notes?|book|article|page|pdf|brief|newsletter|policy|handbook|manual"
)
_NAMED = re.compile(
    r"\b(?:in|from|of|per|by|according to)\s+(?:the|our|my|this|that|its)\s+"
    rf"(?P<name>(?:[\w'’&.-]+\s+){{1,5}}?)(?:{_DOCUMENTS})s?\b",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"[\w/.()-]*\w\.[A-Za-z0-9]{1,5}\b")
_MONTHS = {
    name: number
    for number, pair in enumerate(
        "jan/january feb/february mar/march apr/april may/may jun/june jul/july aug/august"
        " sep/september oct/october nov/november dec/december".split(),
        start=1,
    )
    for name in pair.split("/")
}
_DATE = (
    r"(?P<day>\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?)?"
    rf"(?:(?P<iso>\d{{4}}-\d{{2}}(?:-\d{{2}})?)|(?P<month>{'|'.join(_MONTHS)})\b\.?"
    r"(?:\s+(?P<late>\d{1,2})(?:st|nd|rd|th)?(?=,|\s+\d{4}|\W|$)(?!\d))?,?(?:\s+(?P<year>\d{4}))?"
    r"|(?P<only>(?:19|20)\d{2})\b)"
)
_SINCE = re.compile(rf"\b(?P<how>since|after)\s+(?:the\s+)?{_DATE}", re.IGNORECASE)
_DATED = re.compile(
    rf"\b(?:{_DOCUMENTS})s?\s+(?:\w+\s+){{0,2}}?(?P<how>from|of|in|before|until|up to)\s+{_DATE}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The documents that a question names, and the words in which it does."""

    filter_by: Filter
    words: str


def narrowing(question: str, documents: Mapping[str, Entry], *, today: date) -> Narrowing | None:
    """The documents that ``question`` names, None when it names none or all of them.

    A month without a year is the last one before ``today``.
    """
    for words, names in recognised(question, documents, today=today):
        if 0 < len(names) < len(documents):
            return Narrowing(Filter(documents=names), " ".join(words.split()))
    return None


def recognised(
    question: str, documents: Mapping[str, Entry], *, today: date
) -> Iterator[tuple[str, frozenset[str]]]:
    """Words of the question that name documents, with those that they name, perhaps none."""
    for recognise in (_by_file_name, _by_name, _by_name_and_year, _by_format, _by_date):
        found = recognise(question, documents, today)
        if found is not None:
            words, passes = found
            yield words, frozenset(name for name, entry in documents.items() if passes(name, entry))


_Recognised = tuple[str, Callable[[str, Entry], bool]]


def _by_file_name(question: str, documents: Mapping[str, Entry], _: date) -> _Recognised | None:
    for found in _FILE_NAME.finditer(question):
        named = found.group().lower().strip("./")
        known = {n for n in documents if fnmatchcase(f"/{n.lower()}", f"*/{_literal(named)}")}
        if known:
            return found.group(), lambda name, _: name in known  # noqa: B023
    return None


def _literal(name: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", name)


def _by_name(question: str, _: Mapping[str, Entry], __: date) -> _Recognised | None:
    return _by_title(question, lambda _: set())


def _by_name_and_year(question: str, _: Mapping[str, Entry], __: date) -> _Recognised | None:
    """The same where no name holds the year that a document is dated with."""
    return _by_title(question, lambda entry: {(entry.date or "")[:4]})


def _by_title(question: str, known: Callable[[Entry], set[str]]) -> _Recognised | None:
    """Documents whose names hold the words of the question that are not ``known`` of them."""
    found = _NAMED.search(question)
    if found is None:
        return None
    wanted = set(stems(found["name"]))
    return found.group(), lambda name, entry: _is_named(name, entry, wanted - known(entry))


def _is_named(name: str, entry: Entry, wanted: set[str]) -> bool:
    """Whether title and path hold all these stems."""
    text = f"{entry.title} {name}".lower()
    # Most documents end here: a stem's beginning stands in the word, and this is quick.
    if not all(stem[: max(2, len(stem) - 1)] in text for stem in wanted):
        return False
    path = PurePosixPath(name)
    return wanted <= set(stems(f"{entry.title} {path.stem} {path.parent}"))


def _by_format(question: str, _: Mapping[str, Entry], __: date) -> _Recognised | None:
    found = _FORMAT.search(question)
    if found is None:
        return None
    chosen = Filter(formats=FORMATS[found["format"].lower()])
    return found.group(), lambda name, entry: chosen.allows(name, entry.date)


def _by_date(question: str, _: Mapping[str, Entry], today: date) -> _Recognised | None:
    since = _SINCE.search(question)
    found = since or _DATED.search(question)
    bounds = _bounds(found, today) if found else None
    if found is None or bounds is None:
        return None
    first, last = (day.isoformat() for day in bounds)
    how = found["how"].lower()
    if since is not None:
        # A document without a date may say it.
        is_later: dict[str, Callable[[str], bool]] = {
            "since": lambda day: day >= first,
            "after": lambda day: day > last,
        }
        return found.group(), lambda _, entry: entry.date is None or is_later[how](entry.date[:10])
    if how in ("from", "of", "in"):
        chosen = Filter(after=first, before=last)
    else:
        chosen = Filter(before=last if how != "before" else first)
    return found.group(), lambda name, entry: chosen.allows(name, entry.date)


def _bounds(found: re.Match[str], today: date) -> tuple[date, date] | None:
    """The first and the last day of a date in words, None when there is no such day."""
    digits = re.match(r"\d+", found["day"] or found["late"] or "")
    day = int(digits.group()) if digits else None
    if found["iso"]:
        year, month, *rest = (int(part) for part in found["iso"].split("-"))
        day = rest[0] if rest else None
    elif found["only"]:
        return date(int(found["only"]), 1, 1), date(int(found["only"]), 12, 31)
    else:
        month = _MONTHS[found["month"].lower()]
        year = int(found["year"]) if found["year"] else today.year - (month > today.month)
    try:
        last = day or monthrange(year, month)[1]
        return date(year, month, day or 1), date(year, month, last)
    except ValueError:
        return None
