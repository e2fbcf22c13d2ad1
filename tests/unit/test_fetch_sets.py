"""Development sets from their sources: a transport in the place of the network."""

from __future__ import annotations

import hashlib
import importlib.util
import json

import httpx
import pytest

from eval.cases import load_suite

ARTICLE = {
    "title": "The_harbour/port",
    "paragraphs": [
        {
            "context": "It was built in 1931.",
            "qas": [
                {"id": "a", "question": "When?", "answers": [{"text": "1931"}, {"text": "1931"}]},
                {"id": "b", "question": "By whom?", "answers": [], "is_impossible": True},
            ],
        },
        {"context": "It closes at 21:00.", "qas": []},
    ],
}
DATA = json.dumps({"data": [ARTICLE]}).encode()


@pytest.fixture(scope="module")
def sets(repo):
    spec = importlib.util.spec_from_file_location("fetch_sets", repo / "bench" / "fetch_sets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def client():
    with httpx.Client(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, content=DATA))
    ) as client:
        yield client


def row(name: str, sha256: str = hashlib.sha256(DATA).hexdigest()) -> dict[str, str]:
    return {"set": "x", "file": name, "sha256": sha256, "url": f"https://x.example/{name}"}


def test_a_set_in_the_form_of_squad_becomes_a_suite(sets, client, tmp_path):
    sets.fetch_set("squad2", [row("dev.json")], tmp_path / "data" / "squad2", client)
    suite = load_suite(tmp_path / "data" / "squad2")
    document = suite.documents / "The_harbour_port.txt"
    text = "The harbour/port\n\nIt was built in 1931.\n\nIt closes at 21:00.\n"
    assert document.read_text(encoding="utf-8") == text
    built, by_whom = suite.cases
    assert (built.answers, built.evidence) == (("1931",), ("It was built in 1931.",))
    assert built.sources == (document.name,)
    assert (by_whom.answerable, by_whom.answers, by_whom.evidence) == (False, (), ())


def test_files_are_listed_in_a_manifest(sets, client, tmp_path):
    rows = [row("ok/a.txt"), row("hostile/b.pdf")]
    sets.fetch_set("formats", rows, tmp_path / "formats", client)
    assert (tmp_path / "formats" / "hostile" / "b.pdf").read_bytes() == DATA
    manifest = json.loads((tmp_path / "formats" / "manifest.json").read_text())
    assert [(entry["file"], entry["expect"]) for entry in manifest] == [
        ("ok/a.txt", []),
        ("hostile/b.pdf", []),
    ]


def test_another_file_than_expected_is_refused_and_nothing_is_left(sets, client, tmp_path):
    with pytest.raises(ValueError, match=r"a\.json has sha256 .*, not 0000"):
        sets.fetch_set("squad2", [row("a.json", "0000")], tmp_path / "squad2", client)
    assert list(tmp_path.iterdir()) == []


def test_every_source_is_pinned(sets):
    for name, rows in sets.load_sources().items():
        for source in rows:
            assert source["url"].startswith("https://"), name
            assert len(source["sha256"]) == 64
            assert source["licence"]


@pytest.mark.parametrize("name", ["xquad_es", "formats", "azure_northwind"])
def test_the_table_names_files_as_they_are(sets, shared_data, name):
    for source in sets.load_sources()[name]:
        path = shared_data / name / source["file"]
        if path.exists():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == source["sha256"]
