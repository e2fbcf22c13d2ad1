"""Files of the home: closed to other users, replaced whole, durable where the system can."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from index.store.files import replace_file
from index.store.home import Home, Pointer
from rag.assemble import Services
from rag.settings import Settings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions are those of POSIX")


def open_to_others(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]


def test_f20_an_index_is_readable_by_its_owner_only(make_builder, write, seeds, home):
    write(seeds, {"a.txt": "A bell."})
    before = os.umask(0o022)
    try:
        make_builder(seeds, home / "deep" / "home").build()
    finally:
        os.umask(before)
    assert open_to_others(home) == []


def test_f20_a_home_that_was_open_is_closed_when_it_is_used(seeds, home, write):
    write(home, {"generations/1/catalog.db": "", "conversations.db-wal": "", "runs/1.json": "{}"})
    (home / "generations").chmod(0o755)
    (home / "conversations.db-wal").chmod(0o644)
    assert open_to_others(home)
    Services(Settings(seeds=seeds, home=home))
    assert open_to_others(home) == []


def test_f20_other_things_in_the_folder_of_a_home_keep_their_permissions(seeds, home, write):
    write(home, {"run.sh": "echo", "lock": "", "generations/1/catalog.db": ""})
    home.chmod(0o755)
    (home / "run.sh").chmod(0o755)
    Services(Settings(seeds=seeds, home=home))
    assert open_to_others(home) == [str(home), str(home / "run.sh")]


def test_two_writers_of_one_file_never_mix_what_they_write(tmp_path):
    path = tmp_path / "file"
    contents = [letter * 200_000 for letter in (b"a", b"b", b"c")]
    threads = [threading.Thread(target=replace_file, args=(path, data)) for data in contents * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path], "no temporary file is left"


def test_a_file_that_cannot_be_replaced_leaves_no_temporary_file(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="irectory"):
        replace_file(tmp_path / "folder", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


PUBLISH = """
import os, sys
from pathlib import Path
from index.store.home import Home

def refuse(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and os.path.isdir(arguments[0]):
        raise PermissionError(13, "Permission denied")

home = Home(Path(sys.argv[1]))
name = home.create()
(home.directory(name) / "manifest.json").write_text("{}")
sys.addaudithook(refuse)
home.publish(name, keep=0)
print(name)
"""


def test_risk_15_an_index_is_published_where_directories_cannot_be_opened(repo, home):
    """As on Windows, where `os.open` of a directory is refused."""
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH, str(home)],
        cwd=repo,
        env=os.environ | {"PYTHONPATH": str(repo)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert Home(home).pointer() == Pointer(done.stdout.strip(), (done.stdout.strip(),))


def test_risk_26_the_size_of_each_part_of_a_home_is_known(home, write):
    write(home, {"trash/a/b.pdf": b"x" * 3000, "runs/1.json": b"x" * 20, "other": b"x"})
    write(home, {"vectors.db": b"x" * 500, "vectors.db-wal": b"x" * 7})
    assert Home(home).sizes() == {"trash": 3000, "runs": 20, "vectors": 507}
    assert Home(home / "nowhere").sizes() == {}


def test_the_next_build_removes_files_that_a_crash_left_half_written(
    make_builder, write, seeds, home
):
    write(seeds, {"a.txt": "A bell."})
    write(home, {"CURRENT.x1y2.tmp": "{", "hashes.json.z.tmp": "{", "other.tmp": "mine"})
    make_builder(seeds, home).build()
    assert [path.name for path in home.glob("*.tmp")] == ["other.tmp"]
