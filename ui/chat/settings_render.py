"""The form of the settings page as HTML; every piece of text is escaped here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape

from rag.conversations.preferences import STRICTNESS, Preferences
from rag.settings import Settings

__all__ = ["THEME", "form_html", "told_html", "trouble_html"]

_WRITERS = {
    "extractive": "Quoted sentences of the documents",
    "openai": "A language model on a server",
    "local": "A language model on this machine",
}
_STRICTNESS = (
    "Over five judged collections “answers more” declined 18 % of the questions that the documents "
    "do not answer and 1 % of the others, “balanced” 34 % and 4 %, “strict” 69 % and 25 %."
)
THEME = (
    '<fieldset class="fn-settings fn-themes"><legend>Appearance</legend>'
    '<label><input type="radio" name="fn-theme" value="system"> As the system</label>'
    '<label><input type="radio" name="fn-theme" value="light"> Light</label>'
    '<label><input type="radio" name="fn-theme" value="dark"> Dark</label>'
    '<p class="fn-hint">Kept in this browser.</p></fieldset>'
)


def form_html(found: Preferences, configured: Settings, *, no_local: str, is_known: bool) -> str:
    """The user's choices as a form; ``configured`` are the settings without them.

    ``no_local`` says why there is no model on this machine, "" where there is one; a browser that
    is not ``is_known`` has no cookie, so nothing can be kept for it.
    """
    s = found.settings
    field = _Fields(s, configured.given)
    strict = {str(value): name.capitalize() for name, value in STRICTNESS.items()}
    strict.setdefault(str(s.abstain_below), f"Withheld below {s.abstain_below:g}")
    return (
        '<section class="fn-settings" data-form aria-label="Settings">'
        f"{_notes(found, is_known)}"
        "<fieldset><legend>Who writes the answers</legend>"
        f"{field.select('generator', 'Written by', _WRITERS, off={'local'} if no_local else set())}"
        f"{_hint(f'No model on this machine: {no_local}.') if no_local else ''}"
        '<div class="fn-server">'
        f"{field.text('llm_base_url', 'Base URL of the server', kind='url')}"
        f"{field.text('llm_model', 'Name of the model')}"
        f"{_hint(_key_note(configured))}</div></fieldset>"
        "<fieldset><legend>What an answer is made of</legend>"
        f"{field.number('k', 'Passages that are read', 50)}"
        f"{_hint('More passages find what stands in several places, and take longer.')}"
        f"{field.number('max_sentences', 'Quoted sentences, at most', 12)}"
        f"{field.select('abstain_below', 'When it is not sure', strict)}"
        f"{_hint(_STRICTNESS)}</fieldset>"
        f'<div class="fn-buttons">{_button("submit", "Save", kind="fn-main", off=not is_known)}'
        f"{_button('retry', 'Test the model', kind='fn-test')}"
        f"{_button('clear', 'Reset to the configuration', off=not is_known)}</div></section>"
    )


def told_html(text: str) -> str:
    """What came of a button."""
    return f'<p class="fn-told" role="status">{escape(text)}</p>'


def trouble_html(text: str) -> str:
    """What is wrong, in words."""
    return f'<p class="fn-told fn-error" role="alert">{escape(text)}</p>'


class _Fields:
    """Labelled fields with the values of the settings; what is fixed says by what."""

    def __init__(self, settings: Settings, given: Mapping[str, str]) -> None:
        self._settings = settings
        self._given = given

    def text(self, name: str, label: str, *, kind: str = "text") -> str:
        field = (
            f'<input type="{kind}" maxlength="500" spellcheck="false" autocomplete="off"'
            f' value="{self._value(name)}"{self._attributes(name)}>'
        )
        return self._labelled(name, label, field)

    def number(self, name: str, label: str, most: int) -> str:
        field = (
            f'<input type="number" min="1" max="{most}" step="1" value="{self._value(name)}"'
            f"{self._attributes(name)}>"
        )
        return self._labelled(name, label, field)

    def select(
        self,
        name: str,
        label: str,
        options: Mapping[str, str],
        *,
        off: Collection[str] = (),
    ) -> str:
        items = "".join(
            f'<option value="{escape(value)}"{" selected" * (value == self._value(name))}'
            f"{' disabled' * (value in off)}>{escape(text)}</option>"
            for value, text in options.items()
        )
        return self._labelled(name, label, f"<select{self._attributes(name)}>{items}</select>")

    def _value(self, name: str) -> str:
        return escape(str(getattr(self._settings, name)))

    def _attributes(self, name: str) -> str:
        fixed = f' disabled aria-describedby="fn-fixed-{name}"' if name in self._given else ""
        return f' name="{name}" id="fn-set-{name}"{fixed}'

    def _labelled(self, name: str, label: str, field: str) -> str:
        note = ""
        if name in self._given:
            source = escape(self._given[name])
            note = f'<span class="fn-fixed" id="fn-fixed-{name}">fixed by {source}</span>'
        return (
            f'<div class="fn-field"><label for="fn-set-{name}">{escape(label)}</label>'
            f"{field}{note}</div>"
        )


def _notes(found: Preferences, is_known: bool) -> str:
    notes = [f"Not used any more: {told}." for told in found.left_out]
    if not is_known:
        notes.append("This browser keeps no cookies, so nothing that is chosen here can be kept.")
    return "".join(f'<p class="fn-warning">{escape(note)}</p>' for note in notes)


def _key_note(configured: Settings) -> str:
    return (
        f"A key in FOOTNOTE_LLM_API_KEY is sent to {configured.llm_base_url} only; to any other "
        "address none is. The question and the passages go to the server that is named here."
    )


def _hint(text: str) -> str:
    return f'<p class="fn-hint">{escape(text)}</p>'


def _button(event: str, text: str, *, kind: str = "fn-other", off: bool = False) -> str:
    return (
        f'<button type="button" class="{kind}" data-event="{event}"{" disabled" * off}>'
        f"{text}</button>"
    )
