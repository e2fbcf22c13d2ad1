"""Calendars (.ics): each event, task and journal entry is a statement with its times.

Times keep the zone that they are written in. A rule of repetition is kept as one: dates are not
computed from it. Alarms, and names that only programs read, are left out.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.mail.content_lines import Component, Line, components
from index.loaders.plain.rows import Pair, add_record

__all__ = ["read"]

_KINDS = {"VEVENT": "Event", "VTODO": "Task", "VJOURNAL": "Journal entry"}
_TEXTS = {"LOCATION": "Place", "STATUS": "Status", "CATEGORIES": "Categories", "URL": "URL",
          "CONTACT": "Contact", "COMMENT": "Comment", "DESCRIPTION": "Description"}  # fmt: skip
_MOMENT = re.compile(r"(\d{8})(?:T(\d{4})\d{0,2}(Z?))?")
_LENGTH = re.compile(
    r"P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:\d+S)?)?"
)
_ANSWERS = ("ACCEPTED", "DECLINED", "TENTATIVE")


def read(source: Source) -> Extract:
    """One statement an entry; the calendar's name is the title.

    Raises:
        LoadError: not a calendar.
    """
    found, unknown = components(source.data)
    calendars = [component for component in found if component.kind == "VCALENDAR"]
    if not calendars:
        raise LoadError("not a calendar (it has no BEGIN:VCALENDAR): is the extension right?")
    blocks = Blocks()
    name = next((text for c in calendars if (text := c.text("X-WR-CALNAME") or c.text("NAME"))), "")
    blocks.add(" ".join(name.split()), level=1)
    numbers = dict.fromkeys(_KINDS, 0)
    for component in found:
        if component.kind in _KINDS:
            numbers[component.kind] += 1
            kind = _KINDS[component.kind]
            add_record(blocks, _pairs(kind, component), f"{kind.lower()} {numbers[component.kind]}")
    return Extract(
        blocks.text,
        title=name or None,
        headings=tuple(blocks.headings),
        places=tuple(blocks.places),
        unread=f"lines that are not those of a calendar: {unknown}" if unknown else "",
    )


def _pairs(kind: str, entry: Component) -> list[Pair]:
    start, end = entry.first("DTSTART"), entry.first("DTEND")
    pairs = [
        (kind, entry.text("SUMMARY")),
        ("Start", _shown(start)),
        ("End", _end(start, end, entry.text("DURATION"))),
        ("Due", _shown(entry.first("DUE"))),
        ("Completed", _shown(entry.first("COMPLETED"))),
        ("Repeats", _rule(entry.text("RRULE"))),
        ("Instead of", _shown(entry.first("RECURRENCE-ID"))),
        ("Not on", ", ".join(_shown(line) for line in entry.lines if line.name == "EXDATE")),
        ("Organizer", ", ".join(_person(line) for line in entry.lines if line.name == "ORGANIZER")),
        ("Attendees", ", ".join(_person(line) for line in entry.lines if line.name == "ATTENDEE")),
    ]
    pairs += [
        (name, ", ".join(line.text for line in entry.lines if line.name == key))
        for key, name in _TEXTS.items()
    ]
    return pairs


def _shown(line: Line | None) -> str:
    """Dates and times as ISO 8601, with their zone.

    >>> _shown(Line("DTSTART", {"TZID": "Europe/Vienna"}, "20260304T093000"))
    '2026-03-04 09:30 Europe/Vienna'
    """
    if line is None:
        return ""
    return ", ".join(_written(value, line.parameters.get("TZID", "")) for value in _values(line))


def _values(line: Line) -> list[str]:
    return [value.strip() for value in line.value.split(",") if value.strip()]


def _written(value: str, zone: str) -> str:
    moment = _moment(value)
    if moment is None:
        return value
    if not isinstance(moment, datetime):
        return moment.isoformat()
    zone = "UTC" if value.endswith("Z") else zone
    return f"{moment:%Y-%m-%d %H:%M} {zone}".strip()


def _moment(value: str) -> datetime | date | None:
    found = _MOMENT.match(value)
    try:
        if found and found[2]:
            return datetime.strptime(found[1] + found[2], "%Y%m%d%H%M")  # noqa: DTZ007 - as written
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _end(start: Line | None, end: Line | None, length: str) -> str:
    """The last day of an entry of whole days, which a file names by the day after; else the time.

    >>> day = Line("DTSTART", {}, "20260304")
    >>> _end(day, Line("DTEND", {}, "20260307"), ""), _end(day, Line("DTEND", {}, "20260305"), "")
    ('2026-03-06', '')
    >>> _end(Line("DTSTART", {}, "20260304T093000Z"), None, "PT1H30M")
    '2026-03-04 11:00 UTC'
    """
    begun = _moment(start.value) if start else None
    ended = _moment(end.value) if end else None
    if start and begun and end is None and length:
        found = _LENGTH.fullmatch(length)
        if found is None:
            return ""
        weeks, days, hours, minutes = (int(number or 0) for number in found.groups())
        try:
            ended = begun + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
        except OverflowError:
            return ""
        end = Line("DTEND", start.parameters, f"{ended:%Y%m%d}")
        if isinstance(ended, datetime):
            zone = "Z" if start.value.endswith("Z") else ""
            end = Line("DTEND", start.parameters, f"{ended:%Y%m%dT%H%M%S}{zone}")
    if ended and not isinstance(ended, datetime) and not isinstance(begun, datetime):
        last = ended - timedelta(days=1) if ended > date.min else ended
        return last.isoformat() if begun and last > begun else ""
    return _shown(end)


def _rule(value: str) -> str:
    """A rule of repetition as one line.

    >>> _rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20260630T220000Z")
    'weekly, interval 2, byday MO WE, until 2026-06-30 22:00 UTC'
    """
    parts = []
    for part in value.split(";"):
        name, _, text = part.partition("=")
        if name.upper() == "FREQ":
            parts.append(text.lower())
        elif text:
            parts.append(f"{name.lower()} {_written(text, '').replace(',', ' ')}")
    return ", ".join(parts)


def _person(line: Line) -> str:
    address = line.text.partition(":")[2] if line.text.lower().startswith("mailto:") else line.text
    name = line.parameters.get("CN", "")
    who = f"{name} <{address}>" if name and address and name != address else name or address
    answer = line.parameters.get("PARTSTAT", "").upper()
    return f"{who} ({answer.lower()})" if answer in _ANSWERS else who
