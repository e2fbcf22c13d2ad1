"""All settings, one frozen value: defaults < footnote.toml < FOOTNOTE_* < flags.

Unknown keys are refused in the file and in the environment. Secrets (``llm_api_key``, ``token``)
come only from the environment. The table in ``docs/settings.md`` is compared with this
class by a test.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from index.errors import SettingsError
from index.store.files import is_state

__all__ = ["DEFAULT_CONFIG", "Settings", "load_settings"]

DEFAULT_CONFIG = Path("footnote.toml")
_PREFIX = "FOOTNOTE_"
_NOT_SETTINGS = {"FOOTNOTE_CONFIG", "FOOTNOTE_VERBOSE"}
_SECRETS = frozenset({"llm_api_key", "token"})


class Settings(BaseSettings):
    """What a run needs to know; see each field's description for meaning and bounds."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    seeds: Path = Field(Path("seeds"), description="folder of documents to answer from")
    home: Path = Field(Path(".footnote"), description="folder for the index and all state")
    max_file_mb: int = Field(
        100, ge=1, le=4096, description="largest seed that is read, in megabytes (10^6 bytes)"
    )
    load_timeout_s: float = Field(
        120.0, gt=0, le=86400, description="longest time that reading one file may take, in seconds"
    )
    load_memory_mb: int = Field(
        2000, ge=256, le=1_000_000, description="memory for reading one file, in megabytes"
    )
    ocr: bool = Field(
        False, description="read pictures and scanned pages (needs the ocr extra); changes rebuild"
    )
    chunk_tokens: int = Field(
        256, ge=32, le=480, description="largest chunk, in cl100k_base tokens; changes rebuild"
    )
    embedding: Literal["multilingual", "all-MiniLM-L6-v2"] = Field(
        "multilingual", description="embedding model, from an installed package; changes rebuild"
    )
    embedding_backend: Literal["onnx", "torch"] = Field(
        "onnx", description="how the model is run: onnx in 8 bits, or torch; changes rebuild"
    )
    keep_generations: int = Field(
        2, ge=0, le=50, description="previous generations kept for rollback"
    )
    vector_cache_mb: int = Field(
        2000, ge=0, le=1_000_000, description="size of the vector cache, in megabytes"
    )
    k: int = Field(4, ge=1, le=50, description="passages read for an answer")
    candidates: int = Field(
        100, ge=10, le=1000, description="chunks taken from each search before fusion"
    )
    lexical_weight: float = Field(
        1.0, ge=0, le=5, description="weight of the lexical score beside the similarity (weight 1)"
    )
    reranker: Path | None = Field(
        None, description="folder of a cross-encoder that reorders the best passages"
    )
    rerank_depth: int = Field(
        20, ge=2, le=200, description="passages that the reranker reads (time grows with them)"
    )
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
        (), description="addresses of the proxies whose X-Forwarded-* headers are believed"
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

    @property
    def uploads(self) -> Path:
        """Where an upload is until it is in the documents folder; nothing else is kept there."""
        return self.home.resolve() / "uploads"

    @property
    def given(self) -> Mapping[str, str]:
        """Where each setting that is no default comes from: a file, FOOTNOTE_*, or "a flag"."""
        return self._given

    @property
    def load_limits(self) -> str:
        """The limits for reading one file, as they are recorded with what exceeded them."""
        return f"{self.load_timeout_s:g} s, {self.load_memory_mb} MB"

    def fixed(self, by: str, **values: Any) -> Settings:
        """The settings with these values, which nobody may choose any more; ``by`` says why."""
        changed = self.model_copy(update=values)
        changed._given = self._given | dict.fromkeys(values, by)
        return changed

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags and the file are merged by :func:`load_settings`, so only these two."""
        return init_settings, env_settings


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
    in_environment = {n for n in Settings.model_fields if (_PREFIX + n).upper() in given_there}
    merged = {k: v for k, v in from_file.items() if k not in in_environment} | given
    sources = dict.fromkeys(from_file, (config or DEFAULT_CONFIG).name)
    sources |= {name: (_PREFIX + name).upper() for name in in_environment}
    try:
        settings = Settings(**merged)
    except ValidationError as exc:
        problem = exc.errors()[0]
        name = ".".join(str(part) for part in problem["loc"])
        raise SettingsError(
            f"setting {name}: {problem['msg']} (got {problem['input']!r}); see docs/settings.md"
        ) from exc
    _refuse_own_files_as_documents(settings.seeds, settings.home)
    settings._given = sources | dict.fromkeys(given, "a flag")
    return settings


def _refuse_own_files_as_documents(seeds: Path, home: Path) -> None:
    """The index would hold itself, and be never up to date; hidden folders are no documents."""
    folder, state = seeds.resolve(), home.resolve()
    if state.is_relative_to(folder):
        inside = state.relative_to(folder).parts
        if not any(name.startswith(".") for name in inside):
            raise SettingsError(
                f"home {home} is inside the documents folder {seeds}, so the index would be one of "
                "its documents: name a folder outside it, or one that begins with a dot"
            )
    elif folder.is_relative_to(state) and is_state(folder.relative_to(state).parts[0]):
        raise SettingsError(
            f"the documents folder {seeds} is inside the home {home}, where the program keeps its "
            "own files: name another one with --seeds"
        )


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
        variable = f"{_PREFIX}{name}".upper()
        raise SettingsError(f"{path}: {name} may not stand in a file; set {variable} instead")
    return values


def _refuse_unknown_environment() -> None:
    known = {(_PREFIX + name).upper() for name in Settings.model_fields} | _NOT_SETTINGS
    for name in sorted(os.environ):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            raise SettingsError(f"unknown environment variable {name}; see docs/settings.md")
