"""A real language model as the judge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from eval.opinion import judge_rows
from rag.llm.server import ServerModel
from rag.settings import Settings
from tests.language_model import serve_language_model


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serve_language_model() as (url, _):
        yield url


@pytest.mark.enable_socket
def test_a_real_model_judges_or_it_is_said_why_not(server):
    model = ServerModel(
        Settings(generator="openai", llm_base_url=server, llm_model="m", llm_answer_tokens=160)
    )
    row = {
        "question": "When does the ferry to Lindal leave?",
        "answerable": True,
        "answers": [],
        "answer": "The ferry to Lindal leaves at 7:40. [1]",
        "abstained": False,
        "citations": [
            {"quote": "The ferry to Lindal leaves at 7:40."},
            {"quote": "From pier four."},
        ],
        "error": None,
    }
    (found,) = judge_rows([row], model)
    # 135 million parameters write what is no verdict about as often as one.
    for name in ("faithfulness", "relevancy"):
        if found[name] is None:
            assert found[f"{name}_reason"].startswith("the judge wrote “")
        else:
            assert found[name] in {0.0, 1.0}
