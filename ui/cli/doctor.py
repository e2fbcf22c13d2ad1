"""What a person needs to know when something does not work: findings, each with its remedy."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from index.embedding.models import EMBEDDING_MODELS
from index.errors import FootnoteError
from index.loaders import CONVERTED, SUPPORTED
from index.store.home import Home
from index.text.language import UNDECIDED
from rag.assemble import Services
from rag.llm.local import LocalModel
from rag.settings import Settings

__all__ = ["Check", "diagnose"]

_ENGLISH_MODEL = "all-MiniLM-L6-v2"
_FEW_OTHERS = 0.05  # share of documents in another language that does not matter
_PACKAGES = (
    "footnote-rag llama-index-core chromadb sentence-transformers gradio tiktoken torch onnxruntime"
    " tantivy"
).split()


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; ``remedy`` says what to do when it is not ok."""

    name: str
    ok: bool
    finding: str
    remedy: str = ""


def diagnose(services: Services) -> Iterator[Check]:
    """Check versions, the model, the index, the home and the language model, in that order."""
    yield Check("python", sys.version_info >= (3, 11), sys.version.split()[0])
    for name in _PACKAGES:
        try:
            yield Check(name, True, version(name))
        except PackageNotFoundError:
            yield Check(name, False, "not installed", "pip install -c constraints.txt -e .")
    yield Check("formats", True, " ".join(SUPPORTED))
    yield _converter(services.settings)
    yield _checked("embedding", _model, services)
    yield _checked("index", _index, services)
    yield _home(services.settings)
    yield _checked("languages", _languages, services)
    yield _checked("generator", _language_model, services)


def _converter(settings: Settings) -> Check:
    """Whether old Office files are read; that they are not is no fault."""
    endings = " ".join(CONVERTED)
    if settings.soffice:
        return Check("old formats", True, f"{endings}: converted by {settings.soffice}")
    why = "no LibreOffice (soffice) here" if settings.libreoffice else "libreoffice = false"
    return Check("old formats", True, f"{endings}: refused, {why}")


def _checked(name: str, check: Callable[[Services], Check], services: Services) -> Check:
    try:
        return check(services)
    except FootnoteError as exc:
        return Check(name, False, str(exc))


def _model(services: Services) -> Check:
    size = services.embedder().embed(["a probe"]).shape[1]
    name = services.settings.embedding
    origin = "weights as pinned" if name in EMBEDDING_MODELS else "by sentence-transformers"
    finding = f"{name}, {size} dimensions, {origin}"
    return Check("embedding", True, finding)


def _index(services: Services) -> Check:
    state = services.builder.state()
    failed = (
        f"; {len(state.plan.failed)} files not, or only partly, read" if state.plan.failed else ""
    )
    documents = len(state.manifest.documents) if state.manifest else 0
    finding = f"{state.kind}, {documents} documents in {services.settings.home}{failed}"
    if state.kind in ("fresh", "pinned"):
        return Check("index", True, finding)
    return Check("index", False, finding, "run `footnote index`")


def _home(settings: Settings) -> Check:
    """How large each part is: nothing but old generations and old vectors is ever removed."""
    sizes = {name: size / 1e6 for name, size in Home(settings.home).sizes().items()}
    largest = sorted(((size, name) for name, size in sizes.items() if size >= 1), reverse=True)
    parts = ", ".join(f"{name} {size:,.0f}" for size, name in largest)
    return Check("home", True, f"{sum(sizes.values()):,.0f} MB" + (f": {parts}" if parts else ""))


def _languages(services: Services) -> Check:
    """Whether the embedding model suits the languages of the documents."""
    documents = services.searcher.generation().manifest.documents.values()
    count = Counter(entry.language for entry in documents if entry.language != UNDECIDED)
    named = ", ".join(f"{language} {n}" for language, n in count.most_common(8)) or "not known"
    others = count.total() - count["en"]
    if services.settings.embedding == _ENGLISH_MODEL and others > _FEW_OTHERS * count.total():
        return Check(
            "languages", False, f"{named}, but {_ENGLISH_MODEL} knows English only",
            'set embedding = "multilingual" (footnote.toml) and run `footnote index`',
        )  # fmt: skip
    if services.settings.embedding != _ENGLISH_MODEL and count and not others:
        named += f'; embedding = "{_ENGLISH_MODEL}" indexes twice as fast and finds a little less'
    return Check("languages", True, named)


def _language_model(services: Services) -> Check:
    settings = services.settings
    if settings.generator == "extractive":
        return Check("generator", True, "extractive: no language model needed")
    if settings.generator == "local":
        model = LocalModel(settings)
        return Check("generator", True, f"{model.name}, loaded with the first question")
    import httpx

    url = f"{settings.llm_base_url.rstrip('/')}/models"
    key = settings.llm_api_key.get_secret_value()
    try:
        reply = httpx.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=5.0)
        reply.raise_for_status()
    except httpx.HTTPError as exc:
        return Check(
            "generator", False, f"{url}: {exc or type(exc).__name__}",
            "start the server, or correct llm_base_url and FOOTNOTE_LLM_API_KEY",
        )  # fmt: skip
    return Check("generator", True, f"{settings.llm_model or '(no llm_model)'} at {url} answers")
