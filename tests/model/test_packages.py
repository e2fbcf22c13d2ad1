"""What is imported when a command runs, and who may import whom: in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "torch",
    "sentence_transformers",
    "chromadb",
    "gradio",
    "llama_index",
    "numpy",
    "tantivy",
    "scipy",
}


def _modules_after(code: str, *arguments: object, cwd: Path) -> set[str]:
    """The top-level modules that a fresh interpreter has after ``code``."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}\nsys.stderr.write(' '.join(sys.modules))",
            *map(str, arguments),
        ],
        capture_output=True,
        check=True,
        cwd=cwd,
        text=True,
        timeout=60,
    )
    return {name.split(".")[0] for name in done.stderr.split()}


def test_importing_the_command_line_imports_nothing_heavy(tmp_path):
    assert _modules_after("import sys, ui.cli.main", cwd=tmp_path) & HEAVY == set()


def test_the_doors_of_a_library_import_nothing_heavy_before_they_are_used(tmp_path):
    code = "import sys\nfrom index import open_index\nfrom rag import Answer, Settings"
    assert _modules_after(code, cwd=tmp_path) & HEAVY == set()


@pytest.fixture
def built(make_builder, write, seeds, home) -> tuple[Path, Path]:
    write(seeds, {"a.txt": "Two ministers met.", "b.md": "# Swap\n\nIt was renewed."})
    make_builder(seeds, home).build()
    return seeds, home


def test_a_build_with_nothing_to_do_imports_nothing_heavy(built, tmp_path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from index.builder.build import Builder\n"
        "from rag.settings import Settings\n"
        "settings = Settings(seeds=Path(sys.argv[1]), home=Path(sys.argv[2]))\n"
        "assert not Builder(settings, None).build().published"
    )
    assert _modules_after(code, *built, cwd=tmp_path) & HEAVY == set()


def test_the_index_command_with_nothing_to_do_imports_nothing_heavy(built, tmp_path):
    code = (
        "import sys\n"
        "from ui.cli.main import main\n"
        "sys.argv = ['footnote', '--seeds', sys.argv[1], '--home', sys.argv[2], 'index']\n"
        "main()"
    )
    assert _modules_after(code, *built, cwd=tmp_path) & HEAVY == set()


def test_imports_between_the_packages_go_down_only(repo):
    command = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [str(command), "--no-cache", "--no-logo"],
        capture_output=True,
        check=False,
        cwd=repo,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
