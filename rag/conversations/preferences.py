"""What a user chose for their own answers, on top of the configuration.

Kept in the archive by the name of the setting, and only what differs from the configuration. What
the configuration gives is fixed. The key of a language model goes to no server but the one that
the configuration names. Choices that hold no longer are left out and named, they are no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import SecretStr, TypeAdapter, ValidationError

from index.errors import HomeError, SettingsError
from rag.assemble import Services
from rag.assistant import Assistant
from rag.conversations.archive import Archive
from rag.settings import Settings
from rag.types import SURE

__all__ = [
    "CHOOSABLE",
    "STRICTNESS",
    "Preferences",
    "assistant_of",
    "prefer",
    "preferences_of",
    "settings_with",
]

CHOOSABLE = ("generator", "llm_base_url", "llm_model", "k", "max_sentences", "abstain_below")
STRICTNESS = {
    "answers more": 0.15,
    "balanced": Settings.model_fields["abstain_below"].default,
    "strict": SURE,
}
"""Values of ``abstain_below`` in words; what each refuses is measured in docs/evaluation.md."""

_MAX_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Preferences:
    """The settings with a user's choices, and in words those that are left out."""

    settings: Settings
    left_out: tuple[str, ...] = ()


def assistant_of(services: Services, archive: Archive, user: str) -> Assistant:
    """What answers a user's questions: the assistant that all share where nothing was chosen.

    Raises:
        GeneratorError: the language model that was chosen is not there.
    """
    settings = preferences_of(services.settings, archive, user).settings
    return (
        services.assistant if settings is services.settings else services.assistant_with(settings)
    )


def preferences_of(settings: Settings, archive: Archive, user: str) -> Preferences:
    """The user's choices as far as they hold; ``settings`` are those of the services."""
    try:
        choices = dict(archive.preferences(user)) if user else {}
    except HomeError as exc:
        return Preferences(settings, (str(exc),))
    except (ValueError, TypeError):
        return Preferences(settings, ("what was kept is damaged: choose again",))
    holding: dict[str, Any] = {}
    left_out = []
    for name, value in choices.items():
        try:
            holding[name] = _checked(settings, name, value)
        except SettingsError as exc:
            left_out.append(str(exc))
    return Preferences(_updated(settings, holding), tuple(left_out))


def settings_with(settings: Settings, choices: Mapping[str, Any]) -> Settings:
    """The settings of the configuration with all of these choices.

    Raises:
        SettingsError: one of them is not possible, or is fixed by the configuration.
    """
    checked = {name: _checked(settings, name, value) for name, value in choices.items()}
    return _updated(settings, checked)


def prefer(services: Services, archive: Archive, user: str, choices: Mapping[str, Any]) -> Settings:
    """Keep the choices in place of the earlier ones, and give the settings that they make.

    Raises:
        SettingsError: one of them is not possible; nothing is kept then.
        GeneratorError: the language model that they name is not there; nothing is kept then.
        HomeError: they cannot be kept.
    """
    chosen = settings_with(services.settings, choices)
    services.language_model(chosen)
    values = {name: getattr(chosen, name) for name in CHOOSABLE}
    theirs = {n: value for n, value in values.items() if value != getattr(services.settings, n)}
    archive.prefer(user, theirs)
    return chosen


def _updated(settings: Settings, choices: dict[str, Any]) -> Settings:
    if not choices:
        return settings
    if choices.get("llm_base_url", settings.llm_base_url) != settings.llm_base_url:
        choices = choices | {"llm_api_key": SecretStr("none")}
    return settings.model_copy(update=choices)


def _checked(settings: Settings, name: str, value: Any) -> Any:
    """The value as the setting takes it."""
    if name not in CHOOSABLE:
        raise SettingsError(f"{name} is nothing to choose here")
    if name in settings.given:
        raise SettingsError(f"{name} is fixed by {settings.given[name]}")
    field = Settings.model_fields[name]
    meaning = field.description
    bounded: Any = Annotated[field.annotation, field]
    try:
        checked = TypeAdapter(bounded).validate_python(value)
    except ValidationError as exc:
        problem = exc.errors()[0]["msg"]
        raise SettingsError(f"{meaning}: {problem} (got {value!r})") from exc
    if isinstance(checked, str) and (len(checked) > _MAX_CHARACTERS or not checked.isprintable()):
        raise SettingsError(f"{meaning}: too long, or not text")
    if name == "abstain_below" and checked not in STRICTNESS.values():
        raise SettingsError(f"{meaning}: {checked} is none of {', '.join(STRICTNESS)}")
    if name == "llm_base_url":
        _check_url(checked)
    return checked


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_plain = False
    if not is_plain or "@" in parts.netloc or parts.query or parts.fragment or " " in url:
        raise SettingsError(
            f"{url!r} is no base URL: it begins with http:// or https:// and has no name, key or "
            "query in it, like http://127.0.0.1:8080/v1"
        )
