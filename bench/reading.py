"""How long documents take to be read, by format, beside another checkout of the project.

    git worktree add --detach /tmp/before COMMIT
    python bench/reading.py --beside /tmp/before [--files FOLDER] [--formats csv,html] [--rounds 7]

Without --files, documents are made from bench/loader_stories.toml and the PDFs of seeds/. Each
checkout reads in a process of its own, and the two take turns. Milliseconds of processor time,
medians of the rounds: *read* is the loader, *cut* sentences and chunks, *words* the stems and the
summary, *all* their sum. The spread is that of the ratios of the single rounds. With --compare, a
line names each file of which the text, the chunks or the words differ.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from email.message import EmailMessage
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PARTS = ("read", "cut", "words", "all")
LANGUAGES = ("en", "de", "fr", "es", "ru", "zh", "ja", "ar")


def main() -> None:
    """Measure and print, or be the process that reads."""
    options = _options()
    if options.reads:
        _read_on_demand()
        return
    with tempfile.TemporaryDirectory() as made:
        folder = options.files or Path(made)
        if options.files is None:
            _make(folder)
        by_format: dict[str, list[Path]] = {}
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            by_format.setdefault(_kind(path, options.files is None), []).append(path)
        wanted = options.formats.split(",") if options.formats else list(by_format)
        print("| documents | " + " | ".join(f"{part}: before, now, ratio" for part in PARTS) + " |")
        print("|---" + "|---:" * len(PARTS) + "|")
        with _Reader(options.beside) as before, _Reader(HERE.parent) as now:
            for kind in wanted:
                first = _measure(kind, by_format[kind], (before, now), options.rounds)
                if options.compare:
                    _compare(*(found["digests"] for found in first))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--beside", type=Path, help="the other checkout", metavar="CHECKOUT")
    parser.add_argument("--files", type=Path, help="documents of your own, by their endings")
    parser.add_argument("--formats", default="", help="those to measure; all by default")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--compare", action="store_true", help="name files that are read otherwise")
    parser.add_argument("--reads", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.reads and options.beside is None:
        parser.error("--beside is missing")
    return options


def _kind(path: Path, is_made: bool) -> str:
    return path.stem.partition(".")[0] if is_made else path.suffix[1:].lower()


class _Reader:
    """A process that reads files with the code of a checkout."""

    def __init__(self, checkout: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--reads"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(checkout.resolve())},
        )

    def read(self, paths: Sequence[Path]) -> dict[str, Any]:
        """Seconds of each part over all files, and a digest of what each file gave."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(list(map(str, paths))) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a process that reads has ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def _measure(
    kind: str, paths: list[Path], readers: Sequence[_Reader], rounds: int
) -> list[dict[str, Any]]:
    """Print a line of the table; gives what the first read gave, which is not measured."""
    first = [reader.read(paths) for reader in readers]  # loads what the format needs
    rows = [[reader.read(paths)["seconds"] for reader in readers] for _ in range(rounds)]
    cells = []
    for part in PARTS:
        before, now = ([row[side][part] for row in rows] for side in (0, 1))
        each = sorted(n / b for b, n in zip(before, now, strict=True) if b)
        cells.append(
            f"{1000 * statistics.median(before):.0f}, {1000 * statistics.median(now):.0f},"
            f" {statistics.median(each):.2f} ({each[0]:.2f}–{each[-1]:.2f})"
            if each
            else ""
        )
    print(f"| {kind} | " + " | ".join(cells) + " |", flush=True)
    return first


def _compare(one: dict[str, dict[str, str]], other: dict[str, dict[str, str]]) -> None:
    for path, digests in one.items():
        if changed := [name for name in digests if digests[name] != other[path][name]]:
            print(f"{path}: other {', '.join(changed)}", file=sys.stderr)


def _read_on_demand() -> None:
    """Read the files that each line of the input names; answer with a line."""
    import gc

    from index.builder.prepare import prepared_document
    from index.chunking import load_chunker
    from index.errors import LoadError
    from index.loaders import load_seed
    from index.text.tokens import load_tokenizer

    chunker = load_chunker(320, load_tokenizer())
    for line in sys.stdin:
        seconds = dict.fromkeys(PARTS, 0.0)
        digests: dict[str, dict[str, str]] = {}
        gc.collect()
        for name in json.loads(line):
            data = Path(name).read_bytes()
            loaded: tuple[Any, ...] = ()
            error = ""
            clock = [time.process_time()]
            try:
                loaded = load_seed(Path(name).name, data, "").documents
            except LoadError as exc:
                error = str(exc)
            clock.append(time.process_time())
            cut = [chunker(document) for document in loaded]
            clock.append(time.process_time())
            prepared = [prepared_document(d, c) for d, c in zip(loaded, cut, strict=True)]
            clock.append(time.process_time())
            for part, (one, other) in zip(PARTS, pairwise(clock), strict=False):
                seconds[part] += other - one
            seconds["all"] += clock[-1] - clock[0]
            digests[name] = {
                "text": _digest(error, *(repr(document) for document in loaded)),
                "chunks": _digest(*(repr(chunk) for chunks in cut for chunk in chunks)),
                "words": _digest(*(repr((p.stems, p.summary)) for p in prepared)),
            }
        print(json.dumps({"seconds": seconds, "digests": digests}), flush=True)
        gc.freeze()  # of what is loaded, so that it is not gone through in each collection


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def _make(folder: Path) -> None:
    """Write documents of each format; the name up to the first stop says what they are."""
    stories = tomllib.loads((HERE / "loader_stories.toml").read_text("utf-8"))
    texts = {lang: list(_paragraphs(stories[lang]["blocks"])) for lang in LANGUAGES}
    for language, paragraphs in texts.items():
        body = "\n\n".join(_again(paragraphs, 300))
        (folder / f"txt-{language}.txt").write_text(body, "utf-8")
    rows = [_row(number, texts["en"]) for number in range(20_000)]
    head = "Id,Date,Customer,City,Item,Count,Price,Paid,Time,Code,Share,Remark".split(",")
    (folder / "csv.csv").write_text(
        "\n".join(",".join(row) for row in [head, *rows]) + "\n", "utf-8"
    )
    (folder / "xlsx.xlsx").write_bytes(_workbook([head, *rows[:3000]]))
    (folder / "docx-table.docx").write_bytes(_word([], [head, *rows[:1500]]))
    (folder / "docx-prose.docx").write_bytes(_word(_again(texts["de"], 800), []))
    for number in range(10):
        parts = _again(texts["en" if number % 2 else "fr"], 60, number)
        (folder / f"html.{number}.html").write_text(_page(parts, [head, *rows[:80]]), "utf-8")
    for number in range(40):
        mail = _mail(_again(texts["en" if number % 2 else "de"], 12, number), number)
        (folder / f"eml.{number}.eml").write_bytes(mail)
    body = "\n\n".join(f"## Part {n}\n\n{p}" for n, p in enumerate(_again(texts["en"], 600)))
    (folder / "md.md").write_text(body, "utf-8")
    records = [dict(zip(head, row, strict=True)) for row in rows[:3000]]
    (folder / "json.json").write_text(json.dumps(records), "utf-8")
    for path in (HERE.parent / "seeds").rglob("*.pdf"):
        (folder / f"pdf.{path.name}").write_bytes(path.read_bytes())


def _paragraphs(blocks: Iterable[Sequence[Any]]) -> Iterator[str]:
    for kind, *parts in blocks:
        if kind == "text":
            yield from parts
        elif kind == "list":
            yield "\n".join(f"- {part}" for part in parts)


def _again(paragraphs: Sequence[str], count: int, first: int = 0) -> list[str]:
    """So many paragraphs, each with a number of its own."""
    return [f"{paragraphs[(first + i) % len(paragraphs)]} ({i})" for i in range(count)]


def _row(number: int, texts: Sequence[str]) -> list[str]:
    words = texts[number % len(texts)].replace(",", "").replace("\n", " ").split()
    day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"
    customer, city = words[number % len(words)].title(), words[number // 7 % len(words)].title()
    return [
        str(number), day, f"{customer} {city}", city, " ".join(words[:3]), str(number % 97),
        f"{number % 1000 / 7:.2f}", "yes" if number % 3 else "no", f"{number % 24:02}:15",
        f"A-{number:06}", f"{number % 101} %", " ".join(words[3:12]),
    ]  # fmt: skip


def _workbook(rows: Sequence[Sequence[str]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sales")
    for row in rows:
        sheet.append([int(cell) if cell.isdecimal() else cell for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _word(paragraphs: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document: Any = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if rows:  # python-docx takes a minute for so many cells
        cells = (
            "".join(f"<w:tc><w:p><w:r><w:t>{escape(c)}</w:t></w:r></w:p></w:tc>" for c in row)
            for row in rows
        )
        table = "".join(f"<w:tr>{row}</w:tr>" for row in cells)
        document.element.body.insert(0, parse_xml(f"<w:tbl {nsdecls('w')}>{table}</w:tbl>"))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _page(paragraphs: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    links = "".join(f'<li><a href="/p{n}">Part {n}</a></li>' for n in range(30))
    text = "".join(
        f'<h2>Part {n}</h2><div class="body"><p>{escape(p)} <b>See</b> <a href="#n">note</a>'
        f"<sup>{n}</sup>.</p></div>"
        for n, p in enumerate(paragraphs)
    )
    table = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f"<html><head><title>A page</title></head><body><div><ul>{links}</ul></div>"
        f"<article>{text}<table>{table}</table></article><footer><p>{links}</p></footer></body>"
    )


def _mail(paragraphs: Sequence[str], number: int) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ida Holm <ida@a.example>", "Jon Falk <jon@b.example>"
    mail["Subject"], mail["Date"] = f"Re: Crossing {number}", "Mon, 02 Mar 2026 09:12:00 +0100"
    half = len(paragraphs) // 2
    quoted = "\n".join(f"> {line}" for p in paragraphs[half:] for line in (*p.split("\n"), ""))
    mail.set_content(
        "\n\n".join(paragraphs[:half])
        + f"\n\nOn Mon, 2 Mar 2026 at 09:12, Jon Falk <jon@b.example> wrote:\n{quoted}\n"
        + "\n-- \nIda Holm\nPort office\n"
    )
    if number % 2:
        text = "".join(f"<p>{escape(p)}</p>" for p in paragraphs)
        mail.add_alternative(f"<html><body>{text}</body></html>", subtype="html")
    return mail.as_bytes()


if __name__ == "__main__":
    main()
