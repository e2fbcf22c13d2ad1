"""The command line as a user has it: exit statuses, one-line errors, and the fixed JSON.

Commands that need no model run on a home that was built with the tiny embedder; the four that
answer or embed run once each, with the real model. Most run in this process, a few as the installed
command in one of their own.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

SUMMIT = (
    "\ufeffdate 2025-11-01 GYEONGJU — South Korean President Lee Jae Myung met Chinese President "
    "Xi Jinping in Gyeongju.\r\n\r\nThe two ministers signed a memorandum of understanding on "
    "voice phishing. Kim Jong-un traveled to Beijing on his armored train.\r\n"
)
SWAP = (
    "---\ntitle: The currency swap\n---\n\n# The *currency* swap\n\nThe central banks of South "
    "Korea and China renewed their currency swap.\n\n## Size\n\nThe swap has a size of **70 "
    "trillion won** & runs for five years. 😀\n"
)
PASSAGE_KEYS = {
    "rank", "document", "start", "end", "text", "score", "dense_rank", "lexical_rank",
    "rerank_score",
}  # fmt: skip
INDEX_KEYS = {
    "generation", "published", "added", "changed", "renamed", "removed", "unchanged", "failed",
    "chunks", "embedded", "reused", "seconds",
}  # fmt: skip

Done = subprocess.CompletedProcess[str]


def assert_error(done: Done, *said: str) -> None:
    """Status 2, nothing on standard output, one line on standard error."""
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.startswith("footnote: ")
    assert done.stderr.count("\n") == 1
    for words in said:
        assert words in done.stderr


def printed(done: Done, status: int = 0) -> dict:
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def run(cli, seeds, home):
    """The command with --seeds and --home of this test."""
    return lambda *arguments, **options: cli(
        "--seeds", seeds, "--home", home, *arguments, **options
    )


@pytest.fixture
def built(make_builder, write, seeds, home):
    """Two documents in an index that has a generation before."""
    write(seeds, {"summit.txt": SUMMIT})
    make_builder(seeds, home).build()
    write(seeds, {"notes/swap.md": SWAP})
    return make_builder(seeds, home).build()


# Errors


def test_a_missing_folder_is_an_error_in_one_line(command, tmp_path, home):
    done = command("--seeds", tmp_path / "nowhere", "--home", home, "index")
    assert_error(done, "nowhere", "--seeds DIR")
    assert not home.exists()


def test_a_home_that_cannot_be_made_is_an_error_in_one_line(
    as_ordinary_user, command, write, seeds, tmp_path
):
    write(seeds, {"a.txt": "A."})
    parent = tmp_path / "parent"
    parent.mkdir(mode=0o555)
    done = command("--seeds", seeds, "--home", parent / "home", "index", prefix=as_ordinary_user)
    assert_error(done, "choose another --home")
    (tmp_path / "file").write_text("in the way")
    assert_error(command("--seeds", seeds, "--home", tmp_path / "file" / "home", "index"))


def test_a_seeds_folder_without_permission_is_an_error_in_one_line(
    as_ordinary_user, command, seeds, home
):
    seeds.chmod(0)
    env = {"FOOTNOTE_SEEDS": str(seeds)}
    done = command("--home", home, "index", env=env, prefix=as_ordinary_user)
    seeds.chmod(0o755)
    assert_error(done, "no permission")


def test_a_file_or_folder_without_permission_is_named_and_the_others_are_listed(
    as_ordinary_user, command, seeds, home, write
):
    write(seeds, {"a.txt": "a", "locked.txt": "x", "closed/b.txt": "b"})
    (seeds / "locked.txt").chmod(0)
    (seeds / "closed").chmod(0)
    done = command(
        "--seeds", seeds, "--home", home, "index", "--dry-run", "--json", prefix=as_ordinary_user
    )
    (seeds / "closed").chmod(0o755)
    assert done.stderr == ""
    plan = printed(done)
    assert plan["added"] == ["a.txt"]
    assert {f["document"]: f["reason"] for f in plan["failed"]} == {
        "locked.txt": "no permission to read it: change its permissions",
        "closed": "no permission to read it: change its permissions",
    }


def test_f22_the_command_refuses_to_listen_to_others_without_a_token(cli):
    assert_error(cli("chat", "--host", "0.0.0.0"), "--host 0.0.0.0 lets other machines in")


def test_an_empty_folder_is_an_error_in_one_line(run, seeds):
    assert_error(run("index"), "no documents in", ".pdf")
    assert_error(run("ask", "Who met Xi?"), "no documents in")


def test_a_folder_with_only_unreadable_files_is_an_error_that_names_them(run, write, seeds):
    write(seeds, {"table.xlsx": b"x", "bad.pdf": b"no PDF", "empty.txt": b""})
    assert_error(run("index"), "no readable document", "bad.pdf", "empty.txt", "table.xlsx")


def test_an_unknown_setting_is_an_error_in_one_line(run, tmp_path, write):
    assert_error(run("index", env={"FOOTNOTE_CHUNKS": "3"}), "FOOTNOTE_CHUNKS")
    write(tmp_path, {"other.toml": "chunks = 3\n"})
    env = {"FOOTNOTE_CONFIG": str(tmp_path / "other.toml")}
    assert_error(run("index", env=env), "other.toml", "'chunks'")
    assert_error(run("index", env={"FOOTNOTE_K": "900"}), "setting k", "50", "'900'")


def test_errors_of_commands_that_need_an_index_say_what_to_do(run):
    assert_error(run("index", "documents"), "run `footnote index`")
    assert_error(run("index", "rollback"), "run `footnote index`")


def test_a_document_that_is_not_there_is_an_error_in_one_line(built, run):
    assert_error(run("show", "gone.txt"), "'gone.txt'", "footnote index documents")


def test_a_generation_that_is_not_there_is_an_error_in_one_line(built, run):
    assert_error(run("index", "rollback", "20000101-000000-0000"), "footnote index history")


@pytest.mark.parametrize(
    "arguments",
    [
        ("index", "--check", "--dry-run"),
        ("show", "summit.txt", "--span", "9:3"),
        ("show", "summit.txt", "--span", "x"),
        ("ask",),
        ("ask", "Who?", "--k", "0"),
        ("ask", "Who?", "--after", "yesterday"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_a_wrong_command_is_refused_with_status_2(run, arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


# Without a model


def test_help_and_version_need_no_folder(command):
    assert "footnote" in command("--version").stdout
    helped = command("--help")
    assert helped.returncode == 0
    for name in ("ask", "chat", "doctor", "eval", "index", "search", "show"):
        assert f"\n  {name}" in helped.stdout


def test_a_build_and_an_answer_write_nothing_outside_the_home(
    command, write, seeds, home, tmp_path
):
    write(seeds, {"harbour.txt": "The harbour of Lindal was built in 1974.\n"})
    own = tmp_path / "own"
    own.mkdir()
    places = ("--seeds", seeds, "--home", home)
    done = command(*places, "ask", "When was the harbour built?", env={"HOME": str(own)})
    assert "1974" in done.stdout
    assert list(own.rglob("*")) == []


def test_index_with_nothing_to_do_says_so(built, run):
    report = printed(run("index", "--json"))
    assert set(report) >= INDEX_KEYS
    assert report["generation"] == built.generation
    assert (report["published"], report["unchanged"], report["embedded"]) == (False, 2, 0)
    assert report["added"] == report["changed"] == report["renamed"] == report["removed"] == []
    assert "nothing changed" in run("index").stdout


def test_index_after_a_removal_needs_no_model_and_reports_it(built, run, seeds):
    (seeds / "summit.txt").unlink()
    report = printed(run("index", "--json"))
    assert (report["published"], report["removed"]) == (True, ["summit.txt"])
    assert report["generation"] != built.generation
    assert report["embedded"] == 0


def test_check_exits_with_1_when_the_index_is_stale_and_changes_nothing(
    built, run, seeds, home, write
):
    assert run("index", "--check").returncode == 0
    before = (home / "CURRENT").read_bytes()
    write(seeds, {"new.txt": "New."})
    stale = run("index", "--check", "--json")
    assert printed(stale, status=1)["state"] == "stale"
    assert printed(stale, status=1)["added"] == ["new.txt"]
    assert (home / "CURRENT").read_bytes() == before


def test_check_exits_with_1_where_there_is_no_index(run, write, seeds, home):
    write(seeds, {"new.txt": "New."})
    assert run("index", "--check").returncode == 1
    assert not home.exists()


def test_dry_run_shows_what_would_be_done_and_changes_nothing(built, run, seeds, home, write):
    before = (home / "CURRENT").read_bytes()
    (seeds / "notes" / "swap.md").rename(seeds / "swap.md")
    write(seeds, {"summit.txt": "Changed.", "new.txt": "New.", "empty.txt": b""})
    plan = printed(run("index", "--dry-run", "--json"))
    assert plan["added"] == ["new.txt"]
    assert plan["changed"] == ["summit.txt"]
    assert plan["renamed"] == [{"from": "notes/swap.md", "to": "swap.md"}]
    assert plan["failed"] == [{"document": "empty.txt", "reason": "the file is empty (0 bytes)"}]
    text = run("index", "--dry-run").stdout
    assert "renamed  notes/swap.md -> swap.md" in text
    assert (home / "CURRENT").read_bytes() == before


def test_status_says_missing_fresh_stale_or_pinned(run, write, seeds, home, make_builder):
    write(seeds, {"a.txt": "A."})
    assert printed(run("index", "status", "--json"))["state"] == "missing"
    first = make_builder(seeds, home).build()
    status = printed(run("index", "status", "--json"))
    assert (status["state"], status["generation"]) == ("fresh", first.generation)
    assert (status["documents"], status["chunks"]) == (1, 1)
    write(seeds, {"a.txt": "B."})
    assert printed(run("index", "status", "--json"))["state"] == "stale"
    make_builder(seeds, home).build()
    run("index", "rollback")
    assert printed(run("index", "status", "--json"))["state"] == "pinned"


def test_history_lists_the_generations_newest_first(built, run):
    generations = printed(run("index", "history", "--json"))["generations"]
    assert [(g["documents"], g["current"]) for g in generations] == [(2, True), (1, False)]
    assert generations[0]["generation"] == built.generation
    assert run("index", "history").stdout.startswith(f"* {built.generation}")


def test_rollback_answers_from_the_generation_before(built, run):
    (_, before) = printed(run("index", "history", "--json"))["generations"]
    assert printed(run("index", "rollback", "--json")) == {"generation": before["generation"]}
    assert_error(run("show", "notes/swap.md"), "notes/swap.md")
    assert_error(run("index", "rollback"), "no earlier generation")


def test_documents_lists_documents_and_failures(built, run, write, seeds, home, make_builder):
    write(seeds, {"bad.docx": b"no zip"})
    make_builder(seeds, home).build()
    listed = printed(run("index", "documents", "--json"))
    assert [(d["document"], d["title"], d["date"]) for d in listed["documents"]] == [
        ("notes/swap.md", "The currency swap", None),
        ("summit.txt", "summit", "2025-11-01"),
    ]
    assert [failure["document"] for failure in listed["failed"]] == ["bad.docx"]
    text = run("index", "documents").stdout
    assert "notes/swap.md" in text
    assert "bad.docx  failed: damaged" in text


@pytest.mark.parametrize("document", ["summit.txt", "notes/swap.md"])
def test_show_prints_the_file_as_read_text_gives_it(built, run, seeds, document):
    text = (seeds / document).read_text(encoding="utf-8")
    assert run("show", document).stdout == text
    shown = printed(run("show", document, "--json"))
    assert (shown["document"], shown["text"]) == (document, text)
    assert (shown["start"], shown["end"]) == (0, len(text))


def test_show_prints_exactly_the_characters_of_a_span(built, run, seeds):
    text = (seeds / "notes/swap.md").read_text(encoding="utf-8")
    start = text.index("70 trillion")
    assert (
        run("show", "notes/swap.md", "--span", f"{start}:{start + 15}").stdout
        == text[start : start + 15]
    )
    shown = printed(run("show", "notes/swap.md", "--span", f"{start}:999999", "--json"))
    assert shown["text"] == text[start:]
    assert shown["end"] == len(text)


def test_text_that_a_terminal_would_obey_is_not_printed(make_builder, run, write, seeds, home):
    write(seeds, {"a\x1b[31m\nb.txt": "Text.", "c.md": "---\ntitle: 'x\x1b]0;title\x07y'\n---\nT"})
    make_builder(seeds, home).build()
    for command in (("index", "documents"), ("index", "--dry-run", "--force"), ("index", "status")):
        printed = run(*command).stdout
        assert "\x1b" not in printed
        assert "\x07" not in printed
    assert len(run("index", "documents").stdout.splitlines()) == 2


# With the model


@pytest.fixture(scope="module")
def answered(command, write, tmp_path_factory) -> tuple[Path, Path, Done, Done]:
    """A folder and home after `index --json` and `ask --json`, and what these printed."""
    folder = tmp_path_factory.mktemp("answered")
    seeds, home = folder / "seeds", folder / "home"
    write(seeds, {"summit.txt": SUMMIT, "notes/swap.md": SWAP, "bad.docx": b"no zip"})
    options = ("--seeds", seeds, "--home", home)
    indexed = command(*options, "index", "--json")
    return (
        seeds,
        home,
        indexed,
        command(*options, "ask", "How large is the currency swap?", "--json"),
    )


def test_a_first_index_reports_what_was_done_and_what_failed(answered):
    report = printed(answered[2])
    assert set(report) >= INDEX_KEYS
    assert report["published"] is True
    assert report["added"] == ["notes/swap.md", "summit.txt"]
    (failure,) = report["failed"]
    assert set(failure) == {"document", "reason"}
    assert failure["document"] == "bad.docx"
    assert report["embedded"] == report["chunks"] >= 2
    assert report["reused"] == 0
    assert report["seconds"] > 0


def test_an_answer_has_the_fixed_form(answered):
    answer = printed(answered[3])
    assert set(answer) >= {
        "question", "standalone_question", "answer", "abstained", "abstention_reason",
        "confidence", "sentences", "citations", "passages", "generator", "generation",
        "timings_ms",
    }  # fmt: skip
    assert answer["question"] == answer["standalone_question"] == "How large is the currency swap?"
    assert (answer["abstained"], answer["abstention_reason"]) == (False, None)
    assert "70 trillion won" in answer["answer"]
    assert "[1]" in answer["answer"]
    assert 0 <= answer["confidence"] <= 1
    assert answer["generator"] == "extractive"
    assert answer["generation"] == printed(answered[2])["generation"]
    assert set(answer["timings_ms"]) >= {
        "rewrite", "embed", "retrieve", "rerank", "read", "generate", "verify", "total",
    }  # fmt: skip
    numbers = [citation["number"] for citation in answer["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    for sentence in answer["sentences"]:
        assert set(sentence) >= {"text", "citations", "support"}
        assert sentence["citations"]
        assert set(sentence["citations"]) <= set(numbers)
    for citation in answer["citations"]:
        assert set(citation) >= {
            "number", "document", "title", "start", "end", "quote", "page", "headings",
        }  # fmt: skip
    for passage in answer["passages"]:
        assert set(passage) >= PASSAGE_KEYS


def test_every_quote_and_passage_is_what_show_prints_at_its_place(answered, cli):
    seeds, home, _, done = answered
    answer = printed(done)
    texts = {
        name: cli("--seeds", seeds, "--home", home, "show", name).stdout
        for name in ("notes/swap.md", "summit.txt")
    }
    assert answer["citations"]
    for item in answer["citations"]:
        assert texts[item["document"]][item["start"] : item["end"]] == item["quote"]
    for item in answer["passages"]:
        assert texts[item["document"]][item["start"] : item["end"]] == item["text"]


def test_strict_exits_with_1_when_the_documents_do_not_answer(answered, cli):
    seeds, home, _, _ = answered
    question = "Who won the football match?"
    done = cli("--seeds", seeds, "--home", home, "ask", question, "--strict")
    assert done.returncode == 1
    assert "The documents do not" in done.stdout
    assert "[1]" not in done.stdout


def test_a_question_narrows_to_the_document_that_it_names(answered, cli):
    seeds, home, _, _ = answered
    question = "How large is the currency swap in swap.md?"
    answer = printed(cli("--seeds", seeds, "--home", home, "ask", question, "--json"))
    assert answer["notice"] == "Searched one document only: “swap.md”."
    assert {passage["document"] for passage in answer["passages"]} == {"notes/swap.md"}


def test_search_prints_the_passages_in_the_fixed_form(answered, cli):
    seeds, home, indexed, _ = answered
    query = "currency swap"
    found = printed(cli("--seeds", seeds, "--home", home, "search", query, "--k", 2, "--json"))
    assert set(found) >= {"query", "generation", "passages"}
    assert (found["query"], found["generation"]) == (query, printed(indexed)["generation"])
    assert [passage["rank"] for passage in found["passages"]] == [1, 2]
    for passage in found["passages"]:
        assert set(passage) >= PASSAGE_KEYS
    assert found["passages"][0]["document"] == "notes/swap.md"
