"""Judges behind a server, and what judging imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from eval.opinion import judge_rows
from rag.llm.server import ServerModel
from rag.settings import Settings
from tests.language_model import serve_language_model
from tests.reports import judged_row


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serve_language_model() as (url, _):
        yield url


@pytest.mark.enable_socket
def test_a_real_model_judges_or_it_is_said_why_not(server):
    model = ServerModel(
        Settings(generator="openai", llm_base_url=server, llm_model="m", llm_answer_tokens=160)
    )
    (found,) = judge_rows([judged_row(answers=[])], model)
    # 135 million parameters write what is no verdict about as often as one.
    for name in ("faithfulness", "relevancy"):
        if found[name] is None:
            assert found[f"{name}_reason"].startswith("the judge wrote “")
        else:
            assert found[name] in {0.0, 1.0}


OFFLINE = """
import json, sys
from eval.opinion import judge_rows
imported_early = "llama_index" in sys.modules
class Model:
    name = "m"
    def stream(self, system, user):
        yield "YES"
found = judge_rows([json.loads(sys.argv[1])], Model())
from llama_index.core.settings import Settings
print(json.dumps([imported_early, found[0]["faithfulness"], Settings._llm, Settings._embed_model]))
"""


def test_judging_needs_no_network_and_leaves_the_global_settings_alone(tmp_path, repo):
    nowhere = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "all")}
    environment = os.environ | nowhere | {"TIKTOKEN_CACHE_DIR": str(tmp_path / "empty")}
    command = [sys.executable, "-c", OFFLINE, json.dumps(judged_row())]
    done = subprocess.run(
        command, env=environment, cwd=repo, capture_output=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [False, 1.0, None, None]


@pytest.mark.enable_socket
def test_a_server_that_is_not_there_is_the_reason():
    settings = Settings(generator="openai", llm_base_url="http://127.0.0.1:9/v1", llm_model="m")
    (found,) = judge_rows(
        [judged_row(answers=[], citations=judged_row()["citations"][:1])],
        ServerModel(settings),
    )
    assert found["faithfulness"] is None
    assert "is it running?" in found["faithfulness_reason"]
