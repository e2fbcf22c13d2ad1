"""Equations on one line: 1/2, (a+b)/c, x², √(x+1), ∑_(i=1)^n.

Of the two ways in which office files write them: OMML (Word) and MathML (OpenDocument).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from index.loaders.office.package import elements, local
from index.loaders.office.runs import Piece, joined
from index.text.raised import lowered, raised

__all__ = ["equation"]

_WHOLE = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+[⁰-₟²³¹]*")  # a number or a word, with its index
_SCRIPTS = re.compile(r"[⁰-₟²³¹]+")
_NOT_READ = {"annotation", "annotation-xml", "del", "moveFrom", "mphantom", "phant"}


def equation(element: Any) -> str:
    """An ``m:oMath``, an ``m:oMathPara`` or a ``math`` element as one line; its lines by spaces."""
    try:
        text = _text(element)
    except RecursionError:  # no author nests so deep
        text = " ".join(element.itertext())
    return " ".join(text.split())


def _text(element: Any | None) -> str:
    """The text of an element of either kind; of one that is not there, none."""
    if element is None:
        return ""
    return joined(_parts(element))


def _parts(parent: Any) -> Iterator[Piece]:
    for child in elements(parent):
        name = local(child)
        if name in _FORMS:
            yield "equation", _FORMS[name](child)
        elif name in ("t", "mi", "mn", "mo", "mtext", "ms"):
            yield "", child.text or ""
        elif name in ("oMath", "mtr", "mr", "mlabeledtr"):
            yield "", f"{_text(child)} "
        elif not (name.endswith("Pr") or name in _NOT_READ):
            yield from _parts(child)


def _fraction(over: str, under: str) -> str:
    return f"{_united(over)}/{_united(under)}"


def _root(inner: str, degree: str = "") -> str:
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree) or f"{raised(degree)}√"
    return f"{sign}({inner})"


def _scripted(base: str, below: str, above: str) -> str:
    """A base with an index and an exponent; digits and signs in their raised and lowered forms."""
    return (
        f"{_united(base) if above else base}{_script(below, lowered, '_')}"
        f"{_script(above, raised, '^')}"
    )


def _script(text: str, form: Callable[[str], str], sign: str) -> str:
    if not text:
        return ""
    written = form(text)
    return written if _SCRIPTS.fullmatch(written) else f"{sign}{_united(text)}"


def _limits(base: str, below: str, above: str) -> str:
    """A sum, an integral or a limit with its bounds."""
    parts = ((sign, text) for sign, text in (("_", below), ("^", above)) if text)
    return base + "".join(f"{sign}{_united(text)}" for sign, text in parts)


def _united(text: str) -> str:
    """The text in brackets, where another reading of what belongs together is possible."""
    if not text or len(text) == 1 or _WHOLE.fullmatch(text) or _is_bracketed(text):
        return text
    return f"({text})"


def _is_bracketed(text: str) -> bool:
    """Whether one pair of brackets is around all of it."""
    if text[0] not in "([{" or text[-1] not in ")]}":
        return False
    depth = 0
    for character in text[:-1]:
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return False
    return True


def _of(element: Any, name: str) -> str:
    return _text(next((c for c in elements(element) if local(c) == name), None)).strip()


def _set(element: Any, name: str, otherwise: str = "") -> str:
    """A property of an OMML element (``m:chr`` in ``m:naryPr``); empty where it is set so."""
    for properties in elements(element):
        if local(properties).endswith("Pr"):
            for one in elements(properties):
                if local(one) == name:
                    return next(iter(one.attrib.values()), "")
    return otherwise


def _bracketed(element: Any) -> str:
    """Brackets of OMML (``m:d``), with what separates the parts in them."""
    parts = [_text(child).strip() for child in elements(element) if local(child) == "e"]
    inner = _set(element, "sepChr", "|").join(parts)
    opening, closing = _set(element, "begChr", "("), _set(element, "endChr", ")")
    return inner if opening == "(" and _is_bracketed(inner) else f"{opening}{inner}{closing}"


def _nary(element: Any) -> str:
    bounds = _limits(_set(element, "chr", "∫"), _of(element, "sub"), _of(element, "sup"))
    return f"{bounds} {_of(element, 'e')}"


def _accented(base: str, accent: str) -> str:
    is_mark = len(base) == 1 and len(accent) == 1 and unicodedata.combining(accent)
    return base + accent if is_mark else base


def _omml_fraction(element: Any) -> str:
    over, under = _of(element, "num"), _of(element, "den")
    if _set(element, "type") == "noBar":
        return f"{over} ¦ {under}"
    return _fraction(over, under)


def _child(element: Any, number: int) -> str:
    """The text of a child of a MathML element, counted from 0."""
    parts = list(elements(element))
    if number >= len(parts):
        return ""
    own = parts[number]
    name = local(own)
    if name in _FORMS:
        return _FORMS[name](own).strip()
    return (_text(own) or own.text or "").strip()


def _fenced(element: Any) -> str:
    inner = element.get("separators", ",")[:1].join(
        _child(element, number) for number in range(len(element))
    )
    return f"{element.get('open', '(')}{inner}{element.get('close', ')')}"


_FORMS: dict[str, Callable[[Any], str]] = {
    # OMML
    "f": _omml_fraction,
    "sSup": lambda e: _scripted(_of(e, "e"), "", _of(e, "sup")),
    "sSub": lambda e: _scripted(_of(e, "e"), _of(e, "sub"), ""),
    "sSubSup": lambda e: _scripted(_of(e, "e"), _of(e, "sub"), _of(e, "sup")),
    "sPre": lambda e: _scripted("", _of(e, "sub"), _of(e, "sup")) + _of(e, "e"),
    "rad": lambda e: _root(_of(e, "e"), _of(e, "deg")),
    "nary": _nary,
    "d": _bracketed,
    "func": lambda e: f"{_of(e, 'fName')} {_of(e, 'e')}",
    "limLow": lambda e: _limits(_of(e, "e"), _of(e, "lim"), ""),
    "limUpp": lambda e: _limits(_of(e, "e"), "", _of(e, "lim")),
    "acc": lambda e: _accented(_of(e, "e"), _set(e, "chr", "\u0302")),
    "m": lambda e: f"[{'; '.join(_cells(row, 'e') for row in elements(e) if local(row) == 'mr')}]",
    "eqArr": lambda e: _cells(e, "e", "; "),
    # MathML
    "mfrac": lambda e: _fraction(_child(e, 0), _child(e, 1)),
    "msup": lambda e: _scripted(_child(e, 0), "", _child(e, 1)),
    "msub": lambda e: _scripted(_child(e, 0), _child(e, 1), ""),
    "msubsup": lambda e: _scripted(_child(e, 0), _child(e, 1), _child(e, 2)),
    "msqrt": lambda e: _root(_text(e).strip()),
    "mroot": lambda e: _root(_child(e, 0), _child(e, 1)),
    "munder": lambda e: _limits(_child(e, 0), _child(e, 1), "") + " ",
    "mover": lambda e: _limits(_child(e, 0), "", _child(e, 1)) + " ",
    "munderover": lambda e: _limits(_child(e, 0), _child(e, 1), _child(e, 2)) + " ",
    "mfenced": _fenced,
    "mtable": lambda e: f"[{'; '.join(_cells(row, 'mtd') for row in elements(e))}]",
}


def _cells(row: Any, name: str, between: str = ", ") -> str:
    return between.join(_text(cell).strip() for cell in elements(row) if local(cell) == name)
