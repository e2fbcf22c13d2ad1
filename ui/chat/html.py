"""The HTML of the window: templates in which every value is escaped.

A template is written over several lines, and what comes out is one: the chat component would take
line ends for Markdown. A line end beside a tag, a block or a value stands for nothing, one between
words for a space.
"""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup, escape

from ui.chat import words

__all__ = ["lines", "message_html", "render"]

_BESIDE_MARKUP = re.compile(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{])")
_BETWEEN_WORDS = re.compile(r"\s*\n\s*")


def render(template: str, **values: object) -> Markup:
    """The template ``templates/<template>.html`` with these values, each of them escaped."""
    return Markup(_environment().get_template(f"{template}.html").render(values))  # noqa: S704


def message_html(text: str, *, bad: bool = False) -> Markup:
    """One sentence in the place of something else; an error when ``bad``."""
    return render("message", text=text, bad=bad)


def lines(text: str) -> Markup:
    r"""Text as it is, with its line breaks.

    >>> lines("a < b\nc")
    Markup('a &lt; b<br>c')
    """
    return escape(text).replace("\n", Markup("<br>"))


class _OneLine(Extension):
    """Joins the lines of a template."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """The template as one line."""
        return _BETWEEN_WORDS.sub(" ", _BESIDE_MARKUP.sub("", source.strip()))


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("ui.chat"),
        extensions=[_OneLine],
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    made.filters["lines"] = lines
    for filter_ in (
        words.counted,
        words.decimal,
        words.group_name,
        words.meaning,
        words.signed,
        words.suite_name,
        words.when,
    ):
        made.filters[filter_.__name__] = filter_
    return made
