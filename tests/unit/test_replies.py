"""What Footnote says to a reader is there in each of its languages, with the same values in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from string import Formatter

import pytest
from babel import Locale

from rag.intents import SMALL_TALK
from rag.replies import reply

Message = str | Mapping[str, str]


@pytest.fixture(scope="session")
def replies(repo) -> Mapping[str, Mapping[str, Message]]:
    return tomllib.loads((repo / "rag" / "replies.toml").read_text(encoding="utf-8"))


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def forms(message: Message) -> Mapping[str, str]:
    return {"other": message} if isinstance(message, str) else message


def test_every_language_has_every_message(replies):
    assert len(replies) == 22
    assert set(SMALL_TALK) <= set(replies["en"])
    for language, messages in replies.items():
        assert set(messages) == set(replies["en"]), language
        assert all(
            text.strip() for message in messages.values() for text in forms(message).values()
        )


def test_messages_have_the_same_values_in_every_language(replies):
    for language, messages in replies.items():
        for kind, message in messages.items():
            asked = values(forms(replies["en"][kind])["other"])
            assert values(forms(message)["other"]) == asked, (language, kind)
            assert all(values(text) <= asked for text in forms(message).values()), (language, kind)


def test_a_message_with_a_number_has_the_forms_that_its_language_has_for_numbers(replies):
    for language, messages in replies.items():
        needed = {Locale.parse(language).plural_form(n) for n in range(200)}
        for kind, message in messages.items():
            if not isinstance(message, str):
                assert set(message) == {*needed, "other"}, (language, kind)
                said = [reply(kind, language, n=n) for n in (1, 2, 5, 21, 1200)]
                assert len(set(said)) == 5, (language, kind)


def test_every_message_is_said(repo, replies):
    paths = [path for floor in ("rag", "eval") for path in (repo / floor).rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in paths)
    chosen = {*SMALL_TALK, "count", "sum", "mean", "max", "min"}  # by a name that is computed
    named = set(re.findall(r"""["'](\w+)["']""", code))
    assert set(replies["en"]) - chosen <= named
