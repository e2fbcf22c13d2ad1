"""The settings of the index: folders, limits, chunks, embedding and search, one frozen value.

Environment variables ``FOOTNOTE_*`` give what is not given in code. The settings of answers, and
the file ``footnote.toml``, are read by :mod:`rag.settings`.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from index.embedding.models import DEFAULT_EMBEDDING
from index.errors import SettingsError
from index.sources.settings import AnySource, SourceName
from index.store.files import is_state

__all__ = ["ENV_PREFIX", "IndexSettings", "Server", "check_folders"]

ENV_PREFIX = "FOOTNOTE_"
_ADDRESS = r"^(https?://[^\s?#@]+)?$"  # of a server, or none
_MACOS_PROGRAMS = "/Applications/LibreOffice.app/Contents/MacOS"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that this program uses: its address, and what is shown to enter."""

    url: str
    token: SecretStr

    @property
    def headers(self) -> dict[str, str]:
        """What shows the token, where there is one."""
        token = self.token.get_secret_value()
        return {"Authorization": f"Bearer {token}"} if token else {}


class IndexSettings(BaseSettings):
    """What building and searching need to know; see each field's description."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid")

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
    libreoffice: bool = Field(
        True, description="convert old files (doc, ppt), compute formulas, if LibreOffice is there"
    )
    ocr: bool = Field(
        False, description="read pictures and scanned pages (needs the ocr extra); changes rebuild"
    )
    chunk_tokens: int = Field(
        320,
        ge=32,
        le=480,
        description="largest chunk, in tokens of the embedding model; changes rebuild",
    )
    embedding: str = Field(
        DEFAULT_EMBEDDING,
        min_length=1,
        description="embedding model: a packaged one, a folder, or a name in the cache of Hugging "
        "Face; changes rebuild",
    )
    ray: str = Field(
        "",
        pattern=r"^([^\s/]+:\d+)?$",
        description="HOST:PORT of a Ray cluster that reads and embeds (needs the ray extra)",
    )
    keep_generations: int = Field(
        2, ge=0, le=50, description="previous generations kept for rollback"
    )
    vector_cache_mb: int = Field(
        2000, ge=0, le=1_000_000, description="size of the vector cache, in megabytes"
    )
    chroma_url: str = Field(
        "",
        pattern=_ADDRESS,
        description="address of a Chroma server that holds the vectors; by default they are in the "
        "home; changes rebuild",
    )
    chroma_token: SecretStr = Field(
        SecretStr(""), description="what is shown to it; only from FOOTNOTE_CHROMA_TOKEN"
    )
    models_url: str = Field(
        "",
        pattern=_ADDRESS,
        description="address of a model service (`footnote models`) that embeds and reads; by "
        "default this process does",
    )
    models_token: SecretStr = Field(
        SecretStr(""),
        description="what is shown to it, and asked for by it; only from FOOTNOTE_MODELS_TOKEN",
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
    sources: Annotated[dict[SourceName, AnySource], NoDecode] = Field(
        {}, description="what `footnote sync` mirrors into the documents folder, by name"
    )

    @property
    def uploads(self) -> Path:
        """Where an upload is until it is in the documents folder; nothing else is kept there."""
        return self.home.resolve() / "uploads"

    @property
    def chroma_server(self) -> Server | None:
        """Where the vectors are, when they are not in the home."""
        return Server(self.chroma_url, self.chroma_token) if self.chroma_url else None

    @property
    def model_service(self) -> Server | None:
        """Where the embedding model and the reader are, when they are not in this process."""
        return Server(self.models_url, self.models_token) if self.models_url else None

    @property
    def load_limits(self) -> str:
        """What limits the reading of one file, as it is recorded with what could not be read."""
        converted = ", LibreOffice" if self.soffice else ""
        return f"{self.load_timeout_s:g} s, {self.load_memory_mb} MB{converted}"

    @property
    def soffice(self) -> str | None:
        """The program that converts old files, where it is installed and not turned off.

        On Windows none is run: nothing would limit it there.
        """
        if not self.libreoffice or sys.platform == "win32":
            return None
        return shutil.which("soffice") or shutil.which("soffice", path=_MACOS_PROGRAMS)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment; nothing else is read."""
        return init_settings, env_settings


def check_folders(seeds: Path, home: Path) -> None:
    """Refuse folders that hold each other: the index would hold itself, and never be up to date.

    Hidden folders are no documents, so the home may be one of them.

    Raises:
        SettingsError: the home and the documents folder are in each other's way.
    """
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
