"""The pages of the project: their links lead somewhere, and what they list is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.M | re.S)
LONGEST = 120  # characters of a line of prose


def pages(repo: Path) -> list[Path]:
    return [*sorted(repo.glob("*.md")), *sorted((repo / "docs").rglob("*.md"))]


def links(page: Path) -> Iterator[tuple[str, str]]:
    """The targets of a page that are files, with the heading that they name."""
    for target in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if "://" not in target:
            path, _, heading = target.partition("#")
            yield path, heading


def headings(page: Path) -> set[str]:
    """The names by which links reach the headings of a page, as GitHub makes them."""
    found = HEADING.findall(re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S))
    plain = (LINK.sub("]", text).lower() for text in found)
    return {re.sub(r"[^\w\s-]", "", text).strip().replace(" ", "-") for text in plain}


def test_every_link_of_a_page_leads_to_a_file_and_a_heading(repo):
    wrong = []
    for page in pages(repo):
        for path, heading in links(page):
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (heading and heading not in headings(target)):
                wrong.append(f"{page.relative_to(repo)}: {path}#{heading}")
    assert wrong == []


def test_every_decision_is_listed_once_with_its_title_and_state(repo):
    folder = repo / "docs" / "decisions"
    rows = re.findall(
        r"^\| \[(\d{4})\]\((\1-[a-z0-9-]+\.md)\) \| (.+?) \| (.+) \|$",
        (folder / "README.md").read_text(encoding="utf-8"),
        re.M,
    )
    listed = {name: (number, title) for number, name, title, _ in rows}
    assert len(listed) == len(rows)
    assert sorted(listed) == sorted(path.name for path in folder.glob("[0-9]*.md"))
    for name, (number, title) in listed.items():
        first = (folder / name).read_text(encoding="utf-8").split("\n", 1)[0]
        assert first == f"# {int(number)}. {title}"


def test_the_decisions_that_the_code_names_are_there(repo):
    there = {path.name[:4] for path in (repo / "docs" / "decisions").glob("[0-9]*.md")}
    named = {
        number
        for package in ("index", "rag", "eval", "ui")
        for path in (repo / package).rglob("*.py")
        for number in re.findall(r"docs/decisions/(\d{4})", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= there


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_a_line_of_prose_is_short_enough_to_read(repo, name):
    text = re.sub(r"^```.*?^```$", "", (repo / name).read_text("utf-8"), flags=re.M | re.S)
    prose = [line for line in text.splitlines() if not line.startswith(("|", "!["))]
    assert [line for line in prose if len(line) > LONGEST] == []


def test_the_readme_begins_with_one_screen_of_text_before_its_first_picture(repo):
    before, _, _ = (repo / "README.md").read_text(encoding="utf-8").partition("![")
    assert len(before.splitlines()) <= 40


def test_every_module_is_named_in_the_table_of_the_architecture(repo):
    text = (repo / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## I want to change")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(?:[\w/]*/)?(\w+\.py)`", table))
    packages = ("index", "rag", "eval", "ui")
    modules = [path for package in packages for path in (repo / package).rglob("*.py")]
    lost = [path for path in modules if path.name != "__init__.py" and path.name not in named]
    assert lost == []
