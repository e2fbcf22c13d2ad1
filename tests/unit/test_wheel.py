"""The wheel: it holds every file that the packages read, and the samples; what the samples do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from eval.cases import suite_at
from eval.samples import SAMPLES, copy_samples, is_empty
from index.errors import SeedsError

PACKAGES = ("index", "rag", "eval", "ui")
DEVELOPMENT = ("eval/near/", "eval/small/", "eval/tables/")  # suites that are named by their folder


@pytest.fixture(scope="module")
def held(repo) -> set[str]:
    """What a wheel that is built now would hold."""
    return {file.distribution_path for file in WheelBuilder(str(repo)).recurse_included_files()}


def test_the_wheel_holds_every_file_of_the_packages(repo, held):
    listed = ["git", "-C", str(repo), "ls-files", "-z", "--", *PACKAGES]
    tracked = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")
    wanted = {
        name
        for name in filter(None, tracked)
        if not name.startswith(DEVELOPMENT) and (repo / name).is_file()
    }
    assert len(wanted) > 300
    assert wanted <= held
    endings = {Path(name).suffix for name in held}
    assert {".py", ".npz", ".toml", ".json", ".jsonl", ".html", ".css", ".js", ".pdf"} <= endings


def test_the_wheel_holds_the_samples_and_no_suite_of_the_development(repo, held):
    seeds = {
        f"eval/seeds/documents/{path.relative_to(repo / 'seeds').as_posix()}"
        for path in (repo / "seeds").rglob("*")
        if path.is_file()
    }
    assert seeds == {name for name in held if name.startswith("eval/seeds/documents/")}
    assert not [name for name in held if name.startswith(DEVELOPMENT)]


def test_the_shipped_cases_are_asked_over_the_samples():
    suite = suite_at(None)
    assert suite.documents == SAMPLES
    assert suite.cases


def test_samples_are_copied_into_an_empty_folder_only(tmp_path):
    folder = tmp_path / "seeds"
    assert is_empty(folder)
    names = copy_samples(folder)
    assert "places/gyeongju-city.md" in names
    for name in names:
        assert (folder / name).read_bytes() == (SAMPLES / name).read_bytes()
    assert not is_empty(folder)
    with pytest.raises(SeedsError, match=r"not an empty folder.*--seeds DIR"):
        copy_samples(folder)


def test_a_hidden_file_is_no_document(tmp_path):
    (tmp_path / ".DS_Store").write_bytes(b"x")
    assert copy_samples(tmp_path)


def test_samples_that_cannot_be_copied_are_an_error_in_one_line(tmp_path):
    (tmp_path / "file").write_text("no folder")
    for folder in ("file", "file/seeds"):
        with pytest.raises(SeedsError, match="not an empty folder"):
            copy_samples(tmp_path / folder)
    with pytest.raises(SeedsError, match="cannot copy the samples into"):
        copy_samples(tmp_path / ("n" * 255) / ("n" * 256))
