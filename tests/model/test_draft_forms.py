"""The form of a draft: what is typed becomes a case, or the reason why not is given."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from eval.errors import SuiteError
from eval.types import Case
from rag.assemble import Services
from rag.settings import Settings
from ui.chat.pages.drafts import Reviewing, edited_case
from ui.chat.pages.drafts_html import Review


def test_what_is_typed_into_a_draft_is_a_case_or_the_reason_why_not():
    case = Case("a", "a?", True, ("1931",), sources=("harbour.md",), evidence=("It.",))
    kept = edited_case(case, " Who \n is it? ", "Anna\n\n Berg  B. \n", answerable=True)
    assert (kept.question, kept.answers, kept.evidence) == (
        "Who is it?",
        ("Anna", "Berg B."),
        ("It.",),
    )
    declined = edited_case(case, "Who?", "Anna", answerable=False)
    assert (declined.answers, declined.sources, declined.evidence) == ((), (), ())
    assert edited_case(case, "Who?", "", answerable=True).answers == ()  # any that cites the quote
    with pytest.raises(SuiteError, match="needs a question"):
        edited_case(case, " ", "Anna", answerable=True)
    with pytest.raises(SuiteError, match="write an accepted answer"):
        edited_case(declined, "Who?", " \n", answerable=True)
    with pytest.raises(SuiteError, match="mark “The documents answer it”"):
        edited_case(declined, "Who?", "Anna", answerable=False)
    unsearched = replace(declined, without=("harbour.md",))
    assert edited_case(unsearched, "Who?", "", answerable=False).without == ("harbour.md",)
    assert edited_case(unsearched, "Who?", "Anna", answerable=True).without == ()


def test_without_an_index_nothing_is_drafted_and_the_remedy_is_said(seeds, home, embedder):
    services = Services(Settings(seeds=seeds, home=home))
    services.use_embedder(embedder)
    shared, parts = SimpleNamespace(services=services), SimpleNamespace(drafting="drafting")
    begun, *_, ended = Reviewing(shared, parts).draft_cases(Review())
    assert "which can take some seconds" in begun["drafting"]
    assert "no index in" in ended["drafting"]
    assert "press Rebuild" in ended["drafting"]
    assert not home.exists()


def test_risk_27_the_form_of_a_draft_is_bounded_by_the_server_too():
    with pytest.raises(SuiteError, match="up to 2,000 characters"):
        edited_case(Case("a", "Who?", True), "q" * 2001, "Anna", answerable=True)
