"""What defines a word answers before what uses it or asks for it in an exercise."""

from __future__ import annotations

import pytest

SCRIPT = """# Knots

## Use

A hitch is tied before the boat is moored. Every hitch holds better when the rope is dry.

## Terms

**Definition 2 (Hitch).** A knot that fastens a rope to a post or a ring is called a hitch.

The breaking load in kilograms (BLK) is printed on the label.

## Exercises

1. Show how a hitch is tied with one hand.
2. What is a hitch good for?
"""
TEXT = """Grundbegriffe der Fischzucht

Jeder Teich hat ein Wehr. Ein Wehr aus Holz hält zwanzig Jahre. Das Wehr wird im Herbst gereinigt.

Definition (Wehr): Ein Bauwerk, mit dem man den Stand des Wassers in einem Teich regelt, heißt Wehr.

Zeigen Sie, wie ein Wehr geöffnet wird.
"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is a hitch?", "A knot that fastens a rope to a post or a ring is called a hitch."),
        ("Was ist ein Wehr?", "Ein Bauwerk, mit dem man den Stand des Wassers"),
        ("What does BLK stand for?", "The breaking load in kilograms (BLK)"),
    ],
)
def test_the_sentence_that_defines_leads(make_assistant, write, seeds, home, question, answer):
    write(seeds, {"knots.md": SCRIPT, "teich.txt": TEXT})
    found = make_assistant(seeds, home).ask(question)
    assert answer in found.text
    assert "tied" not in found.text
    assert "Holz" not in found.text
