"""Documents that a question names itself: "in the 2024 report", "since October", "in the PDFs".

Rules for English. They narrow only to documents that exist: what names none, or all, leaves the
search as it is. "Since" and "after" leave out documents that were written before and so cannot
say; "before" and "in" only count when they are said of documents, because a later document can
tell of an earlier time. Nothing is searched here.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate, chain
from pathlib import PurePosixPath

from index.filters import Filter
from index.manifest import Entry
from index.words import stems

__all__ = ["FORMATS", "Names", "Narrowing", "narrowing", "recognised"]

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
_NEVER = "9999-12-31"
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


class Names:
    """What documents are called, and their formats and dates, ready to be looked up.

    Each way to look is prepared when it is first needed.
    """

    def __init__(self, documents: Mapping[str, Entry]) -> None:
        self.documents = documents

    def of_file(self, path: str) -> frozenset[str]:
        """Those with this id, in lower case, or with an id that ends in it after a slash."""
        same = self._by_file.get(path.rpartition("/")[2], ())
        return frozenset(n for n in same if f"/{n.lower()}".endswith(f"/{path}"))

    def of_words(self, wanted: set[str], *, or_dated: bool = False) -> frozenset[str]:
        """Those whose title and path hold all these stems; ``or_dated``: or that are of a year."""
        # Looked for where the stem stands that fewest names hold.
        near: Iterable[str] | None = None
        fewest = len(self.documents)
        for stem in wanted:
            dated = self._by_year.get(stem, ()) if or_dated else ()
            count = self._text.count(_beginning(stem)) + len(dated)
            if near is None or count < fewest:
                near, fewest = chain(self._with(_beginning(stem)), dated), count
        if near is None:
            return frozenset(self.documents)

        def holds_all(name: str) -> bool:
            entry = self.documents[name]
            return _is_named(name, entry, wanted - {_year(entry)} if or_dated else wanted)

        return frozenset(filter(holds_all, near))

    def of_formats(self, endings: Iterable[str]) -> frozenset[str]:
        """Those whose ids have one of these endings."""
        return frozenset(chain.from_iterable(self._by_ending.get(e, ()) for e in endings))

    def of_days(self, first: str, last: str) -> frozenset[str]:
        """Those dated from one day to another, both included; ISO 8601."""
        days, names = self._dated
        return frozenset(names[bisect_left(days, first) : bisect_right(days, last)])

    @cached_property
    def undated(self) -> frozenset[str]:
        """Those without a date."""
        return frozenset(name for name, entry in self.documents.items() if entry.date is None)

    @cached_property
    def _by_file(self) -> Mapping[str, Sequence[str]]:
        return _grouped((name.lower().rpartition("/")[2], name) for name in self.documents)

    @cached_property
    def _by_ending(self) -> Mapping[str, Sequence[str]]:
        return _grouped((name.lower().rpartition(".")[2], name) for name in self.documents)

    @cached_property
    def _by_year(self) -> Mapping[str, Sequence[str]]:
        return _grouped((_year(entry), name) for name, entry in self.documents.items())

    @cached_property
    def _dated(self) -> tuple[Sequence[str], Sequence[str]]:
        """The days in order, and the documents of each in the same order."""
        dated = sorted((e.date[:10], name) for name, e in self.documents.items() if e.date)
        return [day for day, _ in dated], [name for _, name in dated]

    @cached_property
    def _text(self) -> str:
        """Titles and ids of all, one behind the other."""
        return "".join(map(_called, self.documents.items()))

    @cached_property
    def _places(self) -> tuple[Sequence[int], Sequence[str]]:
        """Where each document begins in the text."""
        lengths = [len(_called(item)) for item in self.documents.items()]
        return [0, *accumulate(lengths)], list(self.documents)

    def _with(self, part: str) -> Iterator[str]:
        """The documents in whose title or id this stands."""
        begins, names = self._places
        at = self._text.find(part)
        while at >= 0:
            number = bisect_right(begins, at) - 1
            yield names[number]
            at = self._text.find(part, begins[number + 1])


def _called(item: tuple[str, Entry]) -> str:
    name, entry = item
    return f"{entry.title} {name}\0".lower()


def _year(entry: Entry) -> str:
    return (entry.date or "")[:4]


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    groups: dict[str, list[str]] = {}
    for key, name in pairs:
        groups.setdefault(key, []).append(name)
    return groups


def narrowing(question: str, names: Names, *, today: date) -> Narrowing | None:
    """The documents that ``question`` names, None when it names none or all of them.

    A month without a year is the last one before ``today``.
    """
    for words, named in recognised(question, names, today=today):
        if 0 < len(named) < len(names.documents):
            return Narrowing(Filter(documents=named), " ".join(words.split()))
    return None


def recognised(question: str, names: Names, *, today: date) -> Iterator[tuple[str, frozenset[str]]]:
    """Words of the question that name documents, with those that they name, perhaps none."""
    for recognise in (_by_file_name, _by_name, _by_name_and_year, _by_format, _by_date):
        found = recognise(question, names, today)
        if found is not None:
            yield found


_Recognised = tuple[str, frozenset[str]]


def _by_file_name(question: str, names: Names, _: date) -> _Recognised | None:
    for found in _FILE_NAME.finditer(question):
        known = names.of_file(found.group().lower().strip("./"))
        if known:
            return found.group(), known
    return None


def _by_name(question: str, names: Names, _: date) -> _Recognised | None:
    """Documents whose names hold the words of the question."""
    found = _NAMED.search(question)
    return (found.group(), names.of_words(set(stems(found["name"])))) if found else None


def _by_name_and_year(question: str, names: Names, _: date) -> _Recognised | None:
    """The same where no name holds the year that a document is dated with."""
    found = _NAMED.search(question)
    if found is None:
        return None
    return found.group(), names.of_words(set(stems(found["name"])), or_dated=True)


def _is_named(name: str, entry: Entry, wanted: set[str]) -> bool:
    """Whether title and path hold all these stems."""
    text = f"{entry.title} {name}".lower()
    # Most documents end here: a stem's beginning stands in the word, and this is quick.
    if not all(_beginning(stem) in text for stem in wanted):
        return False
    path = PurePosixPath(name)
    return wanted <= set(stems(f"{entry.title} {path.stem} {path.parent}"))


def _beginning(stem: str) -> str:
    """What stands in each word of this stem, at least."""
    return stem if stem.isdigit() else stem[: max(2, len(stem) - 1)]


def _by_format(question: str, names: Names, _: date) -> _Recognised | None:
    found = _FORMAT.search(question)
    return (found.group(), names.of_formats(FORMATS[found["format"].lower()])) if found else None


def _by_date(question: str, names: Names, today: date) -> _Recognised | None:
    since = _SINCE.search(question)
    found = since or _DATED.search(question)
    bounds = _bounds(found, today) if found else None
    if found is None or bounds is None:
        return None
    first, last = (day.isoformat() for day in bounds)
    how = found["how"].lower()
    if since is not None:
        # A document without a date may say it.
        later = names.of_days(first, _NEVER) if how == "since" else names.of_days(last, _NEVER)
        if how == "after":
            later -= names.of_days(last, last)
        return found.group(), names.undated | later
    if how in ("from", "of", "in"):
        return found.group(), names.of_days(first, last)
    return found.group(), names.of_days("", last if how != "before" else first)


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
