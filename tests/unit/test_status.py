"""How the index stands to each seed, before and after builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.status import build_seconds, seed_statuses
from ui.cli.text import state_text

MAIL = """From: ann@example.com
Subject: The harbour
Date: Mon, 2 Mar 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/plain

The harbour master is Anna Berg.
--x
Content-Type: text/plain; name="plan.txt"
Content-Disposition: attachment; filename="plan.txt"

The plan of the harbour has four piers.
--x
Content-Type: application/octet-stream; name="tool.exe"
Content-Disposition: attachment; filename="tool.exe"

MZ
--x--
"""


@pytest.fixture
def builder(make_builder, write, seeds, home):
    write(seeds, {f"text {n}.txt": f"Leaf number {n} fell in the garden." for n in range(4)})
    write(seeds, {"mail.eml": MAIL, "bad.pdf": "no PDF", "empty.txt": ""})
    return make_builder(seeds, home)


def kinds_of(builder) -> dict[str, str]:
    return {one.seed: one.kind for one in seed_statuses(builder.state())}


def test_before_the_first_build_all_is_new_but_what_cannot_be_listed(builder):
    found = kinds_of(builder)
    assert found.pop("empty.txt") == "failed"
    assert set(found.values()) == {"new"}
    assert list(found) == sorted(found)


def test_a_seed_is_told_with_its_documents_and_why_it_is_not_read(builder):
    builder.build()
    found = {one.seed: one for one in seed_statuses(builder.state())}
    assert {one.kind for name, one in found.items() if name.startswith("text")} == {"indexed"}
    assert found["bad.pdf"].kind == "failed"
    assert found["bad.pdf"].reason
    assert "0 bytes" in found["empty.txt"].reason
    mail = found["mail.eml"]
    assert mail.kind == "partly"
    assert mail.reason.startswith("tool.exe: ")
    assert mail.documents == ("mail.eml", "mail.eml/plan.txt")
    assert mail.chunks == 2
    assert mail.entry is not None
    assert mail.entry.date == "2026-03-02"
    assert mail.size == len(MAIL)


def test_what_changed_since_is_told(builder, seeds: Path):
    builder.build()
    (seeds / "text 0.txt").write_text("Another leaf.")
    (seeds / "text 1.txt").rename(seeds / "renamed.txt")
    (seeds / "text 2.txt").unlink()
    (seeds / "added.txt").write_text("A new leaf.")
    found = kinds_of(builder)
    assert found["text 0.txt"] == "changed"
    assert found["renamed.txt"] == "renamed"
    assert found["text 2.txt"] == "removed"
    assert found["added.txt"] == "new"
    assert found["text 3.txt"] == "indexed"
    assert "text 1.txt" not in found
    [renamed] = [one for one in seed_statuses(builder.state()) if one.kind == "renamed"]
    assert renamed.reason == "was text 1.txt"
    assert renamed.documents == ("text 1.txt",)


def test_a_rebuild_of_everything_still_tells_what_is_answered_from(
    builder, make_builder, seeds: Path, home
):
    builder.build()
    (seeds / "text 0.txt").write_text("Another leaf.")
    (seeds / "added.txt").write_text("A new leaf.")
    found = kinds_of(make_builder(seeds, home, chunk_tokens=64))
    assert found["text 0.txt"] == "changed"
    assert found["text 1.txt"] == "indexed"
    assert found["added.txt"] == "new"
    assert found["bad.pdf"] == "new"


def test_the_time_of_a_build_is_told_by_the_bytes_of_the_folder_so_far(builder, seeds: Path):
    state = builder.state()
    first = build_seconds(state, chunks_per_s=1.0)
    assert first == pytest.approx(2 + sum(seed.size for seed in state.plan.added) / 1000)
    builder.build()
    assert build_seconds(builder.state(), chunks_per_s=1.0) == pytest.approx(2.0)
    (seeds / "added.txt").write_text("Leaf number 9 fell in the garden. " * 30)
    state = builder.state()
    known = sum(seed.size for seed in state.plan.unchanged)
    assert build_seconds(state, chunks_per_s=2.0) == pytest.approx(2 + 1020 / (known / 6) / 2)


def test_what_is_not_read_is_counted_by_ending_and_reason(builder, write, seeds: Path):
    write(seeds, {f"letters/{n}.doc": "old" for n in range(5)})
    write(seeds, {"UPPER.DOC": "old", "\x1b[31m.zip": "x"})
    assert "not, or only partly, read: 1 " in state_text(builder.state())  # before the first build
    builder.build()
    state = builder.state()
    first, *others = state.as_json()["unread"]
    assert (first["ending"], first["count"]) == (".doc", 6)
    assert first["documents"] == sorted(["UPPER.DOC", *(f"letters/{n}.doc" for n in range(5))])
    assert "save it as .docx" in first["reason"]
    assert {one["ending"] for one in others} == {".zip", ".pdf", ".txt", ".exe"}
    text = state_text(state)
    assert text.startswith("fresh: ")
    assert "not, or only partly, read: 10 " in text
    line = next(line for line in text.splitlines() if ".doc  " in line)
    assert line.startswith("     6  .doc  format .doc is not supported")
    assert line.endswith(": UPPER.DOC, letters/0.doc, letters/1.doc and 3 more")
    assert "\x1b" not in text
    (seeds / "text 1.txt").unlink()
    stale = state_text(builder.state())
    assert "removed  text 1.txt" in stale
    assert stale.count("UPPER.DOC") == 1
