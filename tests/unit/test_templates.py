"""The templates of the window and of a report: whatever is put into them stays text."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from jinja2 import UndefinedError, meta

from eval.render import html as report
from ui.chat import html as window
from ui.chat.html import render

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 191 }}"
TEMPLATES = {
    (owner, path.name.removesuffix(".html")): path.read_text(encoding="utf-8")
    for owner, package in ((window, "ui.chat"), (report, "eval.render"))
    for path in files(package).joinpath("templates").iterdir()
}
each = pytest.mark.parametrize(
    ("owner", "name"), TEMPLATES, ids=lambda one: getattr(one, "__name__", one)
)


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

    __call__ = __getitem__ = __round__ = __sub__ = __add__ = __radd__ = _same
    __mul__ = __rmul__ = __truediv__ = __rsub__ = _same
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


@each
def test_what_is_put_into_a_template_is_never_markup(owner, name):
    environment = owner.TEMPLATES.environment
    values = meta.find_undeclared_variables(environment.parse(TEMPLATES[owner, name]))
    seen = ""
    for seed in range(30):
        chance = random.Random(seed)
        parts = Parts(owner.render(name, **dict.fromkeys(values, Hostile(chance))))
        assert "script" not in parts.tags or "<script>" in TEMPLATES[owner, name]
        assert "img" not in parts.tags or 'class="fn-page"' in TEMPLATES[owner, name]
        assert not [one for one in parts.attributes if not re.fullmatch("[a-z][a-z-]*[12]?", one)]
        assert not [one for one in parts.attributes if one.startswith("on")]
        seen += "".join(parts.texts)
    assert "1337" not in seen
    assert ATTACK in seen or not values or name == "no_index"  # which shows none


@each
def test_no_template_turns_the_escaping_off_or_leaves_a_value_without_quotes(owner, name):
    text = TEMPLATES[owner, name]
    assert not re.search(r"\|\s*safe|autoescape", text)
    assert not re.search(r"=\s*\{\{", re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL))


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError):
        render("message", text="x")


def test_lines_of_a_template_are_joined_and_words_are_kept_apart():
    assert "\n" not in render("theme")
    assert "is gone.</p>" in render("no_index", is_building=True, has_samples=False)


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://x.org/a?b=1&c", 'href="https://x.org/a?b=1&amp;c" target="_blank"'),
        ('https://x.org/"><img>', 'href="https://x.org/&#34;&gt;&lt;img&gt;"'),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
def test_an_original_is_linked_by_addresses_of_the_web_only(url, link):
    card = {"number": 1, "title": "T", "place": "a.txt", "before": "", "quote": "q", "after": ""}
    cards = [card | {"language": "en", "warning": "", "can_open": False, "source_url": url}]
    shown = render(
        "evidence", turn=1, heading="E", question="Q", cards=cards, query=None, passages=[]
    )
    assert link in shown if link else "<a " not in shown
