"""The text of 60 documents, ours and that of peers, against the text they were made from.

    python bench/loaders.py [--readers footnote,markitdown,unstructured,docling] [--show NAME]

Each document is made from known text (bench/loader_documents.py): in 23 formats, nine languages,
two of them written from right to left and two without spaces, with notes, tables, lists, columns,
running heads, comments, merged cells.

A reader's score for one is a number from 0 to 1, F1 over words: twice the right words by the words
of the truth and those of the output. Right are the longest common subsequence of both (so order
counts, and what is missing or stands twice costs), and of the words left over those that may stand
anywhere: notes, comments, names of columns (three words and more are first looked for as a whole).
What a tool may write or leave out (a column's name before each value, the number of a note,
"Comment:") costs nothing either way. Words are runs of letters or digits, signs of Chinese and
Japanese one by one; so the marks of Markdown cost nothing, nor do its comments and the targets of
its links.

Each reader reads the documents of a format in a process of its own: seconds are the median of three
readings after one that loads what it needs, memory is the peak of the process, or of one that it
started (pandoc).
The peers have an environment of their own (bench/loader_peers.txt), made when it is missing.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import statistics
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers_environment import install_peers

BENCH = Path(__file__).resolve().parent
US = "footnote"
READERS = (US, "markitdown", "unstructured", "docling")
OFFLINE = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "true", "SCARF_NO_ANALYTICS": "true"}

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TARGET = re.compile(r"\]\([^()\s]*(?:\s\"[^\"]*\")?\)")
_MARK_UP = re.compile(r"</?(?:su[bp]|br|u|b|i)\s*/?>")
_RAISED = re.compile(r"[\u00b2\u00b3\u00b9\u2070-\u209c]+")
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)

_PHRASE = 3  # words: what may stand anywhere is looked for as a whole first


@dataclass(frozen=True, slots=True)
class Score:
    """One document of one reader; ``error`` says why there is none."""

    reader: str
    format: str
    name: str
    f1: float
    seconds: float
    peak_mb: float
    error: str = ""


def main() -> None:
    """Make the documents, read them with every reader, print the tables."""
    options = _options()
    install_peers(options.peers, BENCH / "loader_peers.txt")
    folder = options.work / "documents"
    python = options.peers / "bin" / "python"
    if not (folder / "truth.json").exists():
        subprocess.run([python, BENCH / "loader_documents.py", folder], check=True)
    truths = json.loads((folder / "truth.json").read_text("utf-8"))
    paths: dict[str, list[Path]] = defaultdict(list)
    for name in truths:
        format_ = Path(name).suffix[1:]
        if not options.formats or format_ in options.formats.split(","):
            paths[format_].append(folder / name)
    scores = []
    for reader in options.readers.split(","):
        for format_, output in _read(python, reader, paths):
            for name, read in output["files"].items():
                if name == options.show:
                    print(f"--- {reader}\n{read.get('text', read.get('error'))}\n")
                    _print_difference(truths[name], read.get("text", ""))
                f1 = score(truths[name], read["text"]) if "text" in read else 0.0
                seconds, error = read.get("seconds", 0.0), read.get("error", "")
                scores.append(Score(reader, format_, name, f1, seconds, output["peak_mb"], error))
    _print_tables(scores, each=options.each)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--readers", default=",".join(READERS))
    add("--formats", default="", help="only these, by their endings")
    add("--each", action="store_true", help="print the score of each document too")
    add("--show", default="", help="print what each reader gives for this document")
    add("--peers", type=Path, default=Path("/tmp/footnote-loader-peers"), help="their environment")
    add("--work", type=Path, default=Path("/tmp/footnote-loaders"), help="the documents")
    return parser.parse_args()


def _read(
    python: Path, reader: str, paths: Mapping[str, Sequence[Path]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each format with what bench/loader_readers.py prints of it."""
    command = [sys.executable if reader == US else python, BENCH / "loader_readers.py", reader]
    for files in paths.values():
        command += [*files, ","]
    done = subprocess.run(
        command[:-1],
        env=os.environ | OFFLINE | ({"PYTHONPATH": str(BENCH.parent)} if reader == US else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    outputs = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"files"')]
    return zip(paths, outputs, strict=True)


def score(truth: Mapping[str, Sequence[str]], output: str) -> float:
    """F1 over words, as the module says it.

    >>> truth = {"text": ["One two three.", "Four"], "anywhere": ["A note"], "free": ["1"]}
    >>> score(truth, "One two A note three 1 four"), score(truth, "Four One two")
    (0.8333333333333334, 0.4444444444444444)
    """
    wanted, right, surplus = _compared(truth, output)
    return 2 * right / (wanted + right + len(surplus)) if wanted else 0.0


def _compared(truth: Mapping[str, Sequence[str]], output: str) -> tuple[int, int, list[str]]:
    """How many words are wanted and how many right, and the words too many."""
    text, rest = words("\n".join(truth["text"])), words(output)
    wanted = right = 0
    apart = []
    for part in sorted(map(words, truth["anywhere"]), key=len, reverse=True):
        at = _place(part, rest) if len(part) >= _PHRASE else None
        if at is None:
            apart.append(part)
        else:
            rest[at : at + len(part)] = []
            wanted, right = wanted + len(part), right + len(part)
    for part in (text, *apart):
        found, rest = _matched(part, rest)
        wanted, right = wanted + len(part), right + found
    too_many = Counter(rest) - Counter(words("\n".join(truth["free"])))
    return wanted, right, list(too_many.elements())


def _place(part: Sequence[str], output: Sequence[str]) -> int | None:
    """Where the words of a part stand one after the other."""
    size = len(part)
    places = (n for n in range(len(output) - size + 1) if output[n : n + size] == part)
    return next(places, None)


def _print_difference(truth: Mapping[str, Sequence[str]], output: str) -> None:
    text = words("\n".join([*truth["text"], *truth["anywhere"]]))
    missing = Counter(text) - Counter(words(output))
    print("missing:", *missing.elements())
    print("too many:", *_compared(truth, output)[2], "\n")


def words(text: str) -> list[str]:
    """The words of a text, without the marks of Markdown; raised digits are words of their own.

    >>> words("**Tea** [here](http://x.y) 12 m², 茶厂")
    ['Tea', 'here', '12', 'm', '2', '茶', '厂']
    """
    text = _TARGET.sub("]", _COMMENT.sub(" ", html.unescape(text)))
    text = _RAISED.sub(lambda found: f" {found[0]} ", _MARK_UP.sub(" ", text))
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def _matched(truth: Sequence[str], output: Sequence[str]) -> tuple[int, list[str]]:
    """The length of the longest common subsequence, and what of the output is not in it.

    Bit-parallel (Hyyrö 2004): a bit that is not set is a word of the truth with which it grows.
    """
    at: dict[str, int] = defaultdict(int)
    for number, word in enumerate(truth):
        at[word] |= 1 << number
    full = state = (1 << len(truth)) - 1
    states = []
    for word in output:
        both = state & at[word]
        state = ((state + both) | (state - both)) & full
        states.append(state)
    column, row, surplus, length = len(truth) - 1, len(output) - 1, [], 0
    while column >= 0 and row >= 0:
        if states[row] >> column & 1:
            column -= 1
        elif row and not states[row - 1] >> column & 1:
            surplus.append(output[row])
            row -= 1
        else:
            length, column, row = length + 1, column - 1, row - 1
    return length, [*output[: row + 1], *reversed(surplus)]


def _print_tables(scores: Sequence[Score], *, each: bool) -> None:
    by_place = defaultdict(list)
    for one in scores:
        by_place[one.format, one.reader].append(one)
    readers = list(dict.fromkeys(one.reader for one in scores))
    formats = list(dict.fromkeys(one.format for one in scores))
    if each:
        for one in scores:
            print(f"{one.reader:13} {one.name:14} {one.f1:.4f} {one.error}")
    print(
        "| format | files | " + " | ".join(readers) + " |\n|---|---:" + "|---:" * len(readers) + "|"
    )
    below = []
    for format_ in formats:
        cells = []
        means = {}
        for reader in readers:
            found = by_place[format_, reader]
            if all(one.error for one in found):
                cells.append("-")
                continue
            means[reader] = statistics.fmean(one.f1 for one in found)
            ms = 1000 * statistics.fmean(one.seconds for one in found if not one.error)
            cells.append(f"{means[reader]:.3f} / {ms:.1f} ms / {found[0].peak_mb:.0f} MB")
        if round(means.get(US, 0), 3) < round(max(means.values(), default=0), 3):
            below.append(format_)
        print(f"| {format_} | {len(found)} | " + " | ".join(cells) + " |")
    print("\nBelow a peer:", ", ".join(below) or "none")
    for reader in readers:
        errors = Counter(
            f"{s.format}: {s.error[:110]}" for s in scores if s.reader == reader and s.error
        )
        if errors:
            print(
                f"\n{reader} does not read",
                *(f"{n} {error}" for error, n in errors.items()),
                sep="\n- ",
            )


if __name__ == "__main__":
    main()
