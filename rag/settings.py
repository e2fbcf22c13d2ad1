"""All settings, one frozen value: defaults < footnote.toml < FOOTNOTE_* < flags.

Unknown keys are refused in the file and in the environment. Secrets (``llm_api_key``, ``token``)
come only from the environment, those of sources as ``FOOTNOTE_SOURCE_NAME_...``. The table in
``docs/settings.md`` is compared with this class by a test.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode

from index.choices import pictures_are_chosen
from index.errors import SettingsError
from index.settings import ENV_PREFIX, IndexSettings, check_folders
from index.sources.settings import SOURCE_PREFIX, secret_in, secret_variables

__all__ = ["CHOICE", "DEFAULT_CONFIG", "Settings", "load_settings"]

DEFAULT_CONFIG = Path("footnote.toml")
CHOICE = "a choice for this home"
"""Where a setting comes from that was chosen in the window or by ``footnote index --ocr``."""
_NOT_SETTINGS = {"FOOTNOTE_CONFIG", "FOOTNOTE_VERBOSE"}
_SECRETS = frozenset({"chroma_token", "llm_api_key", "models_token", "token"})


class Settings(IndexSettings):
    """The settings of the index, of answers, of the language model and of the server."""

    history_tokens: int = Field(
        1200, ge=0, le=100_000, description="tokens of a conversation that are read, newest first"
    )
    max_sentences: int = Field(3, ge=1, le=12, description="sentences in an extractive answer")
    abstain_below: float = Field(
        0.25, ge=0, le=1, description="answers with a lower confidence are withheld"
    )
    generator: Literal["extractive", "openai", "local"] = Field(
        "extractive",
        description="who writes: quoted sentences, an OpenAI-like server, or a model in-process",
    )
    llm_path: Path | None = Field(
        None, description="GGUF file of the model in-process; by default that of make local-llm"
    )
    llm_base_url: str = Field(
        "http://127.0.0.1:8080/v1", description="base URL of the OpenAI-compatible server"
    )
    llm_model: str = Field("", description="model name to ask that server for")
    llm_api_key: SecretStr = Field(
        SecretStr("none"), description="its key; only from FOOTNOTE_LLM_API_KEY"
    )
    llm_timeout_s: float = Field(
        60.0, gt=0, le=3600, description="seconds to wait for the language model's next words"
    )
    llm_answer_timeout_s: float = Field(
        300.0, gt=0, le=86400, description="seconds that a whole answer of the model may take"
    )
    llm_evidence_tokens: int = Field(
        256, ge=64, le=16000, description="token budget for the evidence in a prompt"
    )
    llm_answer_tokens: int = Field(
        256, ge=16, le=16000, description="longest answer of a language model, in its tokens"
    )

    token: SecretStr = Field(
        SecretStr(""), description="what visitors must show; only from FOOTNOTE_TOKEN or --token"
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="names of the server in addresses, beside the address it listens on"
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="addresses or networks of the proxies whose X-Forwarded-* headers are believed",
    )
    login: bool = Field(
        False, description="whether visitors log in also where only this machine reaches the server"
    )
    user_header: str = Field(
        "",
        pattern=r"^[A-Za-z0-9-]*$",
        description="header in which a trusted proxy names the user that it has let in",
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="address by which others reach the window, for links to documents",
    )
    log_format: Literal["", "text", "json"] = Field(
        "",
        description="how the server logs each request and build on standard error; else warnings",
    )
    open_choices: bool | None = Field(
        None,
        description="whether visitors may name a language model's server and a folder of this one",
    )

    _given: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _by_commas(cls, value: Any) -> Any:
        """Several names in one variable of the environment are separated by commas."""
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """A name would be that of no peer, and anybody could be meant by it."""
        for given in value:
            try:
                ip_network(given)
            except ValueError as exc:
                raise ValueError(f"takes addresses or networks, no names: {exc}") from exc
        return value

    @property
    def given(self) -> Mapping[str, str]:
        """Where each setting that is no default comes from: a file, FOOTNOTE_*, or "a flag"."""
        return self._given

    def fixed(self, by: str, **values: Any) -> Settings:
        """The settings with these values, which nobody may choose any more; ``by`` says why."""
        changed = self.model_copy(update=values)
        changed._given = self._given | dict.fromkeys(values, by)
        return changed


def load_settings(config: Path | None = None, **flags: Any) -> Settings:
    """Read the settings from the file, the environment and ``flags`` (None means not given).

    ``config`` must exist when it is given; ``footnote.toml`` is read when it exists.

    Raises:
        SettingsError: a key is unknown, a value is out of bounds, the file is not TOML, or the
            home and the documents folder are in each other's way.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    _refuse_unknown_environment()
    from_file = _read_config(config)
    given_there = {name.upper() for name in os.environ}
    in_environment = {n for n in Settings.model_fields if (ENV_PREFIX + n).upper() in given_there}
    merged = {k: v for k, v in from_file.items() if k not in in_environment} | given
    sources = dict.fromkeys(from_file, (config or DEFAULT_CONFIG).name)
    sources |= {name: (ENV_PREFIX + name).upper() for name in in_environment}
    try:
        settings = Settings(**merged)
    except ValidationError as exc:
        problem = exc.errors()[0]
        name = ".".join(str(part) for part in problem["loc"])
        raise SettingsError(
            f"setting {name}: {problem['msg']} (got {problem['input']!r}); see docs/settings.md"
        ) from exc
    check_folders(settings.seeds, settings.home)
    _refuse_unknown_secrets(settings)
    if not {"ocr"} & {*sources, *given} and pictures_are_chosen(settings.home):
        settings = settings.model_copy(update={"ocr": True})
        sources["ocr"] = CHOICE
    settings._given = sources | dict.fromkeys(given, "a flag")
    return settings


def _read_config(config: Path | None) -> dict[str, Any]:
    path = config or DEFAULT_CONFIG
    if config is None and not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(f"cannot read {path}: {exc}") from exc
    unknown = sorted(set(values) - set(Settings.model_fields))
    if unknown:
        raise SettingsError(f"{path}: unknown setting {unknown[0]!r}; see docs/settings.md")
    for name in sorted(_SECRETS & set(values)):
        variable = f"{ENV_PREFIX}{name}".upper()
        raise SettingsError(f"{path}: {name} may not stand in a file; set {variable} instead")
    if secret := secret_in(values.get("sources")):
        raise SettingsError(f"{path}: a secret may not stand in a file; set {secret} instead")
    return values


def _refuse_unknown_environment() -> None:
    known = {(ENV_PREFIX + name).upper() for name in Settings.model_fields} | _NOT_SETTINGS
    for name in sorted(os.environ):
        is_ours = name.upper().startswith(ENV_PREFIX) and not name.startswith(SOURCE_PREFIX)
        if is_ours and name.upper() not in known:
            raise SettingsError(f"unknown environment variable {name}; see docs/settings.md")


def _refuse_unknown_secrets(settings: Settings) -> None:
    given = {name for name in os.environ if name.startswith(SOURCE_PREFIX)}
    for name in sorted(given - secret_variables(settings.sources)):
        raise SettingsError(f"{name} is the secret of no source; see docs/sources.md")
