"""Hostile files in one folder: each is read or named with its reason; the others are indexed."""

from __future__ import annotations

import json
import os
import struct
from itertools import pairwise
from pathlib import Path

import pytest

from index.builder.build import Builder, IndexReport
from index.builder.workers import Limits, Workers
from index.builder.writer import Tools
from index.embedding.scale import COSINE
from index.store.home import Home, read_document
from rag.settings import Settings
from tests.files import archive
from tests.unit.test_hostile import HOSTILE

FERRY = "The ferry to Ulleungdo leaves at seven."
SECRET = "root:x:0:0"


def bomb() -> bytes:
    return archive({"word/document.xml": b"<w:p>" + b"a" * 120_000_000})


def liar() -> bytes:
    """The bomb, with another size in its list of contents."""
    data = bytearray(bomb())
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    return bytes(data)


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    return f'<!DOCTYPE l [<!ENTITY a "lol">{entities}]><l>&i;</l>'.encode()


def outside(tag: str) -> bytes:
    return (
        f'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><{tag}><p>Text.</p><b>&x;</b></{tag}>'
    ).encode()


_BINARY = "pdf docx pptx xlsx xls odt ods epub rtf eml msg ipynb json xml html csv".split()
NOISE = bytes(range(256)) * 80
REFUSED = {
    "bomb.docx": (bomb, "suspiciously much"),
    "liar.docx": (liar, "not readable"),
    "laughs.xml": (laughs, "not well-formed"),
    "deep.json": (lambda: b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "deep.xml": (lambda: b"<a>" * 100_000 + b"x" + b"</a>" * 100_000, "depth"),
    "deep.html": (lambda: b"<div>" * 100_000 + b"x" + b"</div>" * 100_000, "deeply nested"),
    "line.txt": (lambda: b"word " * 12_000_000, "setting"),
    "wrong.txt": (lambda: b"%PDF-1.4", "rename it"),
    "noise.md": (lambda: NOISE, "not a text file"),
    **{f"noise.{suffix}": (lambda: NOISE, "") for suffix in _BINARY},
}
READ = {
    "ok.txt": FERRY.encode,
    "outside.xml": lambda: outside("r"),
    "outside.html": lambda: outside("body"),
    "surrogate.json": lambda: b'{"text": "a lone \\ud800 surrogate"}',
    "cut.txt": lambda: b"Valid text then \xff\xfe\xfa broken bytes and then valid text once more.",
    "n\nl<b>&\"'.txt": FERRY.encode,
    "<img src=x onerror=alert(1)>.md": lambda: b"# <script>alert(1)</script>\n\nMarkup.",
    "/".join(["d" * 60] * 5) + "/deep.txt": FERRY.encode,
}


# Of each kind of format; all of them are read one by one in tests/unit/test_hostile.py.
EITHER = (
    "definitions.tex spaces.org columns.adoc charset.mhtml quotes.eml mails.eml escaped.mbox"
    " parameters.ics span.docx again.pptx again.epub laughs.odt far.xlsx noise.xlsb halves.html"
).split()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> tuple[Path, IndexReport]:
    """The home, and the report of a build over all of them with small limits."""
    root = tmp_path_factory.mktemp("hostile")
    seeds = root / "seeds"
    for name, make in READ.items() | {k: make for k, (make, _) in REFUSED.items()}.items():
        (seeds / name).parent.mkdir(parents=True, exist_ok=True)
        (seeds / name).write_bytes(make())
    for name in EITHER:
        source = HOSTILE[name]
        (seeds / name).write_bytes(source.encode() if isinstance(source, str) else source)
    os.mkfifo(seeds / "pipe.txt")
    for name, target in {
        "zero.txt": "/dev/zero",
        "passwd.txt": "/etc/passwd",
        "loop.txt": "loop.txt",
    }.items():
        (seeds / name).symlink_to(target)

    class Even:
        dimension = 384
        scale = COSINE

        def embed(self, texts):
            import numpy as np

            rows = np.random.default_rng(0).standard_normal((len(texts), 384), dtype=np.float32)
            return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    settings = Settings(seeds=seeds, home=root / "home")
    with Workers(Limits(seconds=8, memory_mb=400), count=1) as workers:
        report = Builder(settings, Tools(Even, workers.prepare)).build()
    return root / "home", report


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_borne_is_named_with_its_reason(hostile, name):
    reasons = {failure.document: failure.reason for failure in hostile[1].failed}
    known = {failure.document for failure in hostile[1].plan.failed} | set(reasons)
    assert name in known
    said = reasons[name]
    assert REFUSED[name][1].lower() in said.lower()
    assert "\n" not in said
    assert len(said) < 300


@pytest.mark.parametrize("name", EITHER)
def test_each_is_in_the_index_or_named(hostile, name):
    failed = {failure.document for failure in hostile[1].failed}
    held = {entry.seed for entry in Home(hostile[0]).manifest().documents.values()}
    assert name in failed | held


@pytest.mark.parametrize("name", ["pipe.txt", "zero.txt", "passwd.txt", "loop.txt"])
def test_what_is_no_file_of_the_folder_is_not_opened(hostile, name):
    assert name in {failure.document for failure in hostile[1].failed}


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_is_read_whatever_its_name_and_its_neighbours(hostile, name):
    text = read_document(Home(hostile[0]), name).text
    assert text.strip()
    assert SECRET not in text
    assert text.encode()


def test_nothing_from_outside_the_folder_is_anywhere_in_the_home(hostile):
    for path in hostile[0].rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_names_are_printed_without_what_a_terminal_or_a_page_would_obey(hostile, cli):
    home, _ = hostile
    done = cli("--seeds", home.parent / "seeds", "--home", home, "index", "documents")
    assert done.returncode == 0
    assert "n⏎l<b>" in done.stdout
    listed = cli("--seeds", home.parent / "seeds", "--home", home, "index", "documents", "--json")
    assert "n\nl<b>&\"'.txt" in {d["document"] for d in json.loads(listed.stdout)["documents"]}
