"""Templates in which every value is escaped: those of a report, and the class of every folder.

A template is written over several lines, and what comes out is one: the chat component would take
line ends for Markdown. A line end beside a tag, a block or a value stands for nothing, one between
words for a space.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup, escape

__all__ = ["TEMPLATES", "Templates", "lines", "render"]

_BESIDE_MARKUP = re.compile(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{])")
_BETWEEN_WORDS = re.compile(r"\s*\n\s*")


class Templates:
    """The folder ``templates`` of a package; ``filters`` go by their names there."""

    def __init__(self, package: str, *filters: Callable[..., str]) -> None:
        self.environment = Environment(
            loader=PackageLoader(package),
            extensions=[_OneLine],
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
        )
        self.environment.filters |= {one.__name__: one for one in (lines, *filters)}

    def render(self, template: str, **values: object) -> Markup:
        """The template ``<template>.html`` with these values, each of them escaped."""
        return Markup(self.environment.get_template(f"{template}.html").render(values))  # noqa: S704


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


TEMPLATES = Templates("eval.render")
"""Those of a report."""

render = TEMPLATES.render
