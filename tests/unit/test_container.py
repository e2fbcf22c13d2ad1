"""The image, the composition and the service: what they name is there, in the same versions."""

from __future__ import annotations

import re
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from rag.settings import Settings

PINNED = re.compile(r"\b([\w-]+)==([\w.+]+)")


@pytest.fixture(scope="module")
def dockerfile(repo) -> str:
    return (repo / "Dockerfile").read_text().replace("\\\n", " ")


@pytest.fixture(scope="module")
def service(repo) -> dict[str, object]:
    return yaml.safe_load((repo / "compose.yaml").read_text())["services"]["footnote"]


def test_what_the_image_copies_is_there_and_not_ignored(repo, dockerfile):
    copied = [line.split()[1:-1] for line in dockerfile.splitlines() if line.startswith("COPY ")]
    sources = {name for names in copied for name in names if "--from=" not in names[0]}
    assert all((repo / name).exists() for name in sources)
    assert {"index", "rag", "eval", "ui", "seeds", "pyproject.toml", "constraints.txt"} <= sources
    ignore = (repo / ".dockerignore").read_text().splitlines()
    assert ignore[1] == "*"
    assert {line[1:] for line in ignore if line.startswith("!")} == sources


@pytest.mark.parametrize("page", ["Dockerfile", "docs/install.md", "README.md", "Makefile"])
def test_versions_that_are_installed_first_are_those_of_the_constraints(repo, page):
    lines = (repo / "constraints.txt").read_text().splitlines()
    constraints = {one.name: one for one in map(Requirement, filter(_is_package, lines))}
    pinned = [found for found in PINNED.findall((repo / page).read_text()) if found[0] == "torch"]
    assert pinned
    for name, version in pinned:
        assert constraints[name].specifier.contains(Version(version))


def test_the_image_is_of_a_python_that_is_allowed_and_ends_as_another_user(repo, dockerfile):
    systems = re.findall(r"^FROM (\S+)", dockerfile, re.M)
    assert set(systems) == {"debian:bookworm-slim"}  # Python 3.11, the system of the tests
    last = dockerfile.rpartition("\nFROM ")[2]
    assert "pip" not in last
    assert re.search(r"^USER footnote$", last, re.M)
    # A system user of this number gets a group of another one, and a warning.
    assert re.search(r"useradd (?!.*--system).*--uid 10001 --user-group ", last)
    assert "/health" in last


def test_the_composition_keeps_what_the_image_writes(repo, dockerfile, service):
    project = tomllib.loads((repo / "pyproject.toml").read_text())["project"]
    assert service["image"] == f"{project['name']}:{project['version']}"
    kept = {volume.rpartition(":")[2] for volume in service["volumes"]}
    assert kept == set(re.findall(r'^VOLUME \["(.*)", "(.*)"\]', dockerfile, re.M)[0])
    assert service["read_only"]
    settings = re.findall(r"FOOTNOTE_(\w+)=(\S+)", dockerfile)
    assert {name.lower(): value for name, value in settings} == {
        "seeds": "/documents",
        "home": "/state",
    }
    assert all(
        name.removeprefix("FOOTNOTE_").lower() in Settings.model_fields
        for name in service["environment"]
    )


def test_the_service_writes_where_its_state_is_and_outlives_its_answers(repo):
    from ui.server.serve import _ANSWERS_END_WITHIN_S, _END_WITHIN_S

    unit = _unit(repo / "packaging" / "footnote.service")
    places = re.findall(r"FOOTNOTE_\w+=(\S+)", unit["Environment"])
    assert all(Path(place).is_relative_to("/var/lib/footnote") for place in places)
    assert unit["StateDirectory"] == "footnote footnote/documents"
    assert unit["ProtectSystem"] == "strict"
    longest = _ANSWERS_END_WITHIN_S + _END_WITHIN_S
    assert int(unit["TimeoutStopSec"]) > longest
    compose = yaml.safe_load((repo / "compose.yaml").read_text())
    assert int(compose["services"]["footnote"]["stop_grace_period"].rstrip("s")) > longest


def _unit(path: Path) -> dict[str, str]:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(path)
    return dict(parser["Service"])


def _is_package(line: str) -> bool:
    return bool(line) and not line.startswith("#")
