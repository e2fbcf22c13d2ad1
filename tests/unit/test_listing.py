"""The folder as it is: every file is a seed, hidden and counted, or named with a reason."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import LoadError, SeedsError
from index.listing import HashMemory, Listing, list_seeds, read_seed
from index.types import Seed

LIMIT = 1_000_000


@pytest.fixture
def listed(seeds: Path, tmp_path: Path) -> Callable[..., Listing]:
    def look(max_bytes: int = LIMIT) -> Listing:
        return list_seeds(seeds, HashMemory(tmp_path / "hashes.json"), max_bytes=max_bytes)

    return look


def names(listing: Listing) -> list[str]:
    return [seed.id for seed in listing.seeds]


def reasons(listing: Listing) -> dict[str, str]:
    return {failure.document: failure.reason for failure in listing.failures}


def test_seeds_are_listed_by_path_in_order_with_the_hash_of_their_bytes(listed, seeds, write):
    write(seeds, {"b.txt": "b", "a/notes.md": "n", "a.txt": "a", "ü.txt": "ü"})
    listing = listed()
    assert names(listing) == ["a.txt", "a/notes.md", "b.txt", "ü.txt"]
    assert listing.seeds[0].sha256 == hashlib.sha256(b"a").hexdigest()
    assert listing.failures == ()


def test_files_of_the_same_name_in_different_folders_are_different_seeds(listed, seeds, write):
    write(seeds, {"notes.txt": "0", "a/notes.txt": "1", "a/b/notes.txt": "2", "b/notes.txt": "2"})
    listing = listed()
    assert names(listing) == ["a/b/notes.txt", "a/notes.txt", "b/notes.txt", "notes.txt"]
    assert len({seed.sha256 for seed in listing.seeds}) == 3


def test_hidden_files_are_counted_and_not_listed(listed, seeds, write):
    write(seeds, {".DS_Store": "x", ".git/config": "x", "a/.hidden.txt": "x", "a/b.txt": "y"})
    listing = listed()
    assert names(listing) == ["a/b.txt"]
    assert listing.hidden == 3
    assert listing.failures == ()


def test_a_link_to_a_file_inside_the_folder_is_a_seed(listed, seeds, write):
    write(seeds, {"a.txt": "a"})
    (seeds / "link.txt").symlink_to("a.txt")
    assert names(listed()) == ["a.txt", "link.txt"]


def test_a_link_to_a_place_outside_is_refused_and_not_opened(listed, seeds, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (seeds / "link.txt").symlink_to(tmp_path / "secret.txt")
    (seeds / "chain.txt").symlink_to("link.txt")
    (seeds / "folder").symlink_to(tmp_path)
    listing = listed()
    assert names(listing) == []
    assert set(reasons(listing)) == {"link.txt", "chain.txt", "folder"}
    assert all("outside the folder" in reason for reason in reasons(listing).values())


def test_a_link_to_a_folder_inside_is_named_and_not_walked(listed, seeds, write):
    write(seeds, {"a/b.txt": "b"})
    (seeds / "again").symlink_to("a", target_is_directory=True)
    (seeds / "a" / "loop").symlink_to("..", target_is_directory=True)
    listing = listed()
    assert names(listing) == ["a/b.txt"]
    assert set(reasons(listing)) == {"again", "a/loop"}


def test_a_broken_link_is_named(listed, seeds):
    (seeds / "link.txt").symlink_to("gone.txt")
    assert "broken link" in reasons(listed())["link.txt"]


def test_a_link_to_itself_is_named_and_the_others_are_listed(listed, seeds, write):
    write(seeds, {"a.txt": "a"})
    (seeds / "loop.txt").symlink_to("loop.txt")
    listing = listed()
    assert names(listing) == ["a.txt"]
    assert set(reasons(listing)) == {"loop.txt"}


def test_a_pipe_is_named_and_not_opened(listed, seeds):
    os.mkfifo(seeds / "pipe.txt")
    assert "not a regular file" in reasons(listed())["pipe.txt"]


def test_an_empty_file_is_named(listed, seeds):
    (seeds / "empty.txt").touch()
    assert reasons(listed()) == {"empty.txt": "the file is empty (0 bytes)"}


def test_a_file_above_the_limit_is_named_with_its_size_and_the_setting(listed, seeds, write):
    write(seeds, {"at.txt": b"x" * LIMIT, "above.txt": b"x" * (3 * LIMIT)})
    listing = listed()
    assert names(listing) == ["at.txt"]
    assert "3 MB, more than max_file_mb = 1" in reasons(listing)["above.txt"]


def test_a_name_that_is_not_utf_8_is_named_printably(listed, seeds, write):
    write(seeds, {"a.txt": "a"})
    Path(os.fsdecode(os.fsencode(seeds) + b"/caf\xe9.txt")).write_text("x")
    listing = listed()
    assert names(listing) == ["a.txt"]
    (name,) = reasons(listing)
    assert name.encode("utf-8")
    assert "not valid UTF-8" in reasons(listing)[name]


def test_a_file_in_a_folder_whose_name_is_not_utf_8_is_named_printably(listed, seeds, write):
    folder = Path(os.fsdecode(os.fsencode(seeds) + b"/caf\xe9"))
    write(folder, {"b.txt": "b"})
    write(seeds, {"a.txt": "a"})
    listing = listed()
    assert names(listing) == ["a.txt"]
    assert [name.encode("utf-8") for name in reasons(listing)]


def test_a_missing_folder_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(SeedsError, match=r"no folder .*nowhere.*--seeds"):
        list_seeds(tmp_path / "nowhere", HashMemory(tmp_path / "h"), max_bytes=LIMIT)


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SeedsError, match="is not a folder"):
        list_seeds(tmp_path / "file", HashMemory(tmp_path / "h"), max_bytes=LIMIT)


def test_what_is_read_is_what_was_hashed(listed, seeds, write):
    write(seeds, {"a.txt": "first"})
    (seed,) = listed().seeds
    assert read_seed(seeds, seed) == b"first"
    write(seeds, {"a.txt": "second"})
    with pytest.raises(LoadError, match="changed while it was read"):
        read_seed(seeds, seed)
    (seeds / "a.txt").unlink()
    with pytest.raises(LoadError, match="not there"):
        read_seed(seeds, seed)


# The memory of hashes


def forged(path: Path) -> None:
    """Replace every remembered hash, so that it shows whether a file was read again."""
    remembered = json.loads(path.read_text())
    path.write_text(
        json.dumps({key: [*mark[:-1], "remembered"] for key, mark in remembered.items()})
    )


@pytest.fixture
def remembered(listed, seeds, write, tmp_path) -> Path:
    """A folder with one seed, old enough to be remembered, whose remembered hash is forged."""
    write(seeds, {"a.txt": "first"})
    time.sleep(2.1)  # younger files are not remembered, and nothing can set the time of a change
    listed()
    forged(tmp_path / "hashes.json")
    assert listed().seeds == (Seed("a.txt", "remembered", 5),)
    return seeds / "a.txt"


def test_the_hash_of_an_unchanged_file_is_remembered_until_it_changes(remembered, listed, seeds):
    before = remembered.stat()
    remembered.write_text("again")  # as long as before
    os.utime(remembered, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert listed().seeds[0].sha256 == hashlib.sha256(b"again").hexdigest()
    copy = seeds / "b.txt"
    shutil.copy2(remembered, copy)
    assert listed().seeds[1].sha256 == hashlib.sha256(b"again").hexdigest()


def test_the_hash_of_a_file_that_was_just_written_is_not_remembered(listed, seeds, write, tmp_path):
    write(seeds, {"a.txt": "first"})
    listed()
    assert not (tmp_path / "hashes.json").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", "7", '{"x": 1}', b"\xff\xfe"])
def test_a_damaged_memory_is_as_good_as_none(listed, seeds, write, tmp_path, damage):
    write(seeds, {"a.txt": "first"})
    write(tmp_path, {"hashes.json": damage})
    assert listed().seeds[0].sha256 == hashlib.sha256(b"first").hexdigest()


def test_a_memory_that_cannot_be_written_is_no_error(seeds, write, tmp_path):
    write(seeds, {"a.txt": "first"})
    memory = HashMemory(tmp_path / "no" / "such" / "folder" / "hashes.json")
    assert names(list_seeds(seeds, memory, max_bytes=LIMIT)) == ["a.txt"]


# Permissions: the superuser reads everything, so the command runs without that capability
