"""What a person does on the chat page of a window."""

from __future__ import annotations

QUESTION = "#fn-question textarea"


def ask(page, question: str) -> str:
    """Ask; the whole answer as it is shown."""
    before = page.locator(".fn-do-copy").count()
    page.fill(QUESTION, question)
    page.press(QUESTION, "Enter")
    return answered(page, before)


def answered(page, before: int) -> str:
    """Wait for an answer more than there were ``before``; the last one as it is shown."""
    page.wait_for_function(
        "n => document.querySelectorAll('.fn-do-copy').length > n", arg=before, timeout=60_000
    )
    page.wait_for_selector("#fn-stop", state="detached")
    return page.locator(".fn-answer").last.inner_text()
