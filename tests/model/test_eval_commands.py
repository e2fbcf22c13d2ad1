"""``footnote eval`` on the command line, in processes of its own: what is printed and written."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

BUILT = {
    "question": "When was the harbour of Lindal built?",
    "answers": ["1931"],
    "answerable": True,
    "sources": ["documents/harbour.txt"],
    "evidence": ["The harbour of Lindal was built in 1931."],
}
CASES = [
    *({"id": f"built-{i}"} | BUILT for i in range(1, 9)),  # with fewer, all may turn by chance
    {"id": "no", "question": "Who won the football match?", "answerable": False},
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("eval")
    documents = place / "suite" / "documents"
    documents.mkdir(parents=True)
    (documents / "harbour.txt").write_text(
        "The harbour of Lindal was built in 1931. The harbour master is Anna Berg.\n"
    )
    lines = "".join(json.dumps(case) + "\n" for case in CASES)
    (place / "suite" / "questions.jsonl").write_text(lines)
    return place


@pytest.fixture(scope="module")
def footnote(cli, place: Path):
    folders = ("--seeds", place / "suite" / "documents", "--home", place / "home")
    return lambda *arguments: cli(*folders, "eval", *arguments, cwd=place)


def test_a_run_is_printed_written_gated_kept_and_compared(footnote, place: Path) -> None:
    files = {name: place / f"report.{name}" for name in ("json", "html", "junit")}
    options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    done = footnote("suite", *options, "--write-baseline", "baseline.json")
    assert done.returncode == 0, done.stderr
    assert "suite suite: 9 questions" in done.stdout
    report = json.loads(files["json"].read_text())
    assert report["measures"]["citation"]["recall"]["value"] == 1.0
    assert "When was the harbour of Lindal built?" in files["html"].read_text()
    assert ElementTree.fromstring(files["junit"].read_text()).tag == "testsuites"

    raised = json.loads((place / "baseline.json").read_text()) | {"tolerances": {"answer.f1": 0.0}}
    for row in raised["rows"][:8]:
        row["measures"]["f1"] = 0.99
    (place / "baseline.json").write_text(json.dumps(raised))
    gated = footnote("suite", "--baseline", "baseline.json", "--gate")
    assert gated.returncode == 1, gated.stderr
    below = [line for line in gated.stdout.splitlines() if line.startswith("below the baseline")]
    assert [line.split(":")[1] for line in below] == [" answer f1"]
    assert below[0].endswith("Worse: " + ", ".join(f"built-{i}" for i in range(1, 9)))
    allowed = footnote(
        "suite", "--baseline", "baseline.json", "--gate", "--tolerance", "answer.f1=1"
    )
    assert (allowed.returncode, "no measure is below" in allowed.stdout) == (0, True)

    listed = json.loads(footnote("history", "--json").stdout)["runs"]
    assert len(listed) == 3
    compared = footnote("--compare", "2", "0", "--json", "compared.json")
    assert "0 cases changed their verdict" in compared.stdout, compared.stderr
    assert json.loads((place / "compared.json").read_text())["shared"] == 9
    again = footnote("--compare", str(files["json"]), listed[0]["id"])
    assert again.stdout.splitlines()[1:] == compared.stdout.splitlines()[1:]


def test_drafts_become_cases_of_ones_own(footnote, place: Path) -> None:
    assert "you have no cases of your own yet" in footnote("--own").stderr
    drafted = footnote("init", "--number", "6")
    assert drafted.returncode == 0, drafted.stderr
    path = place / "home" / "cases" / "draft.jsonl"
    assert str(path) in drafted.stdout
    path.write_text(path.read_text().replace('"state": "draft"', '"state": "accepted"'))
    count = len(path.read_text().splitlines())
    assert f"{count} cases added" in footnote("accept").stdout
    own = footnote("--own")
    assert f"suite own: {count} questions" in own.stdout, own.stderr


def test_a_suite_is_imported(footnote, place: Path) -> None:
    (place / "table.csv").write_text("question,answer,context\nWho is it?,Anna,It is Anna Berg.\n")
    done = footnote("import", "table.csv", "imported")
    assert done.stdout == "imported: 1 cases over 1 documents, 0 of them unanswerable\n", (
        done.stderr
    )
    assert footnote("import", "table.csv", "imported").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("suite", "--own"), "exclude each other"),
        (("--compare", "0", "99"), "none numbered 99"),
        (("--compare", "nothing.json", "0"), "is no report"),
        (("suite", "--tolerance", "much"), "is no tolerance"),
        (("suite", "--judged"), "need a language model"),
        (("nowhere",), "is no suite"),
        (("import", "nowhere", "out"), "nowhere"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_one_line_and_status_2(footnote, arguments, words) -> None:
    done = footnote(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_the_options_and_the_other_commands(footnote) -> None:
    words = footnote("--help").stdout
    for word in ("--gate", "--compare", "SUITE", "history", "import", "init", "accept"):
        assert word in words
