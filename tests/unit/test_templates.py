"""The templates of the window: whatever is put into them stays text."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from jinja2 import UndefinedError, meta

from ui.chat.html import _environment, render

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 191 }}"
TEMPLATES = {
    path.name.removesuffix(".html"): path.read_text(encoding="utf-8")
    for path in files("ui.chat").joinpath("templates").iterdir()
}


class Hostile:
    """A value that is an attack, and so are its parts; whether it is true is chosen by chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def __str__(self) -> str:
        return ATTACK

    def __format__(self, spec: str) -> str:
        return ATTACK

    def __getattr__(self, name: str) -> Hostile:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def _same(self, *values: object) -> Hostile:
        return self

    def _maybe(self, *values: object) -> bool:
        return self._chance.random() < 0.5

    def __iter__(self) -> Iterator[Hostile]:
        return iter((self, self))

    def __len__(self) -> int:
        return self._chance.randrange(4)

    def __float__(self) -> float:
        return 0.5

    __call__ = __getitem__ = __round__ = __sub__ = __add__ = __rmul__ = _same
    __bool__ = __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = _maybe
    __hash__ = object.__hash__


class Parts(HTMLParser):
    """The tags, the names of attributes and all text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.texts += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_put_into_a_template_is_never_markup(name):
    environment = _environment()
    values = meta.find_undeclared_variables(environment.parse(TEMPLATES[name]))
    seen = ""
    for seed in range(30):
        chance = random.Random(seed)
        parts = Parts(render(name, **dict.fromkeys(values, Hostile(chance))))
        assert not parts.tags & {"script"}
        assert "img" not in parts.tags or 'class="fn-page"' in TEMPLATES[name]
        assert not [one for one in parts.attributes if not re.fullmatch("[a-z][a-z-]*", one)]
        assert not [one for one in parts.attributes if one.startswith("on")]
        seen += "".join(parts.texts)
    assert "1337" not in seen
    assert ATTACK in seen or not values or name == "no_index"  # which shows none


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_turns_the_escaping_off_or_leaves_a_value_without_quotes(name):
    text = TEMPLATES[name]
    assert not re.search(r"\|\s*safe|autoescape", text)
    assert not re.search(r"=\s*\{\{", re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL))


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError):
        render("message", text="x")


def test_lines_of_a_template_are_joined_and_words_are_kept_apart():
    assert "\n" not in render("theme")
    assert "is gone.</p>" in render("no_index", is_building=True)
