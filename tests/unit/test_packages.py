"""The rooms of the services: whose code runs, and which module may import which vendor."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import socket
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from pytest_socket import SocketConnectBlockedError

PACKAGES = ("index", "rag", "eval", "ui")

# Where each vendor may be imported: a file, or a folder with everything in it.
ROOMS = {
    "chromadb": ("index/store/collection.py",),
    "sentence_transformers": (
        "index/embedding/sentence_transformers.py",
        "index/embedding/rerank.py",
    ),
    "transformers": ("index/embedding/sentence_transformers.py",),
    "huggingface_hub": ("index/embedding/sentence_transformers.py",),
    "torch": (),
    "tiktoken": ("index/text/tokens.py",),
    "llama_index": (
        "index/chunking.py",
        "rag/llm/server.py",
        "rag/llama_index.py",
        "eval/opinion.py",
    ),
    "openai": ("rag/llm/server.py",),
    "tenacity": ("rag/llm/server.py", "index/servers.py"),
    "xllamacpp": ("rag/llm/local.py",),
    "ray": ("index/builder/driver.py",),
    "s3fs": ("index/sources/s3.py",),
    "botocore": ("index/sources/s3.py",),
    "aiohttp": ("index/sources/s3.py",),
    "webdav4": ("index/sources/webdav.py",),
    "imapclient": ("index/sources/mail.py",),
    "protego": ("index/sources/web.py",),
    "duckdb": ("index/tables.py",),
    "tantivy": ("index/store/lexical.py",),
    "Stemmer": ("index/text/words.py",),
    "sentencex": ("index/text/sentences.py", "index/text/sentence_ends.py"),
    "argon2": ("ui/server/accounts.py",),
    "babel": (
        "index/text/sentence_ends.py",
        "index/text/months.py",
        "index/text/units.py",
        "rag/replies.py",
        "rag/statements.py",
    ),
    "cachetools": (
        "index/search.py",
        "rag/reader.py",
        "rag/tables/questions.py",
        "rag/versions.py",
    ),
    "text_to_num": ("index/text/hyphens.py", "rag/statements.py"),
    "scipy": ("eval/intervals.py", "eval/measures.py"),
    "filelock": ("index/store/home.py",),
    "py3langid": ("index/text/language.py",),
    "rapidocr": ("index/loaders/image.py",),
    "watchfiles": ("index/watch.py",),
    "onnxruntime": ("index/embedding/onnx.py",),
    "tokenizers": ("index/embedding/weights.py", "index/embedding/sentence_transformers.py"),
    "sentencepiece": ("index/embedding/weights.py",),
    "onnx": ("index/embedding/onnx.py",),
    "chardetng_py": ("index/loaders/plain/text.py",),
    "docx": ("index/loaders/office/docx.py",),
    "pptx": ("index/loaders/office/pptx.py",),
    "oxmsg": ("index/loaders/mail/outlook.py",),
    "olefile": ("index/loaders/office/sheet_records.py",),
    "openpyxl": ("index/loaders/office/number_formats.py",),
    "python_calamine": ("index/loaders/office/sheets.py",),
    "lxml": (
        *(
            f"index/loaders/{n}.py"
            for n in ("plain/html", "plain/navigation", "office/package", "plain/xml", "plain/feed")
        ),
        "index/sources/web.py",
    ),
    "inscriptis": ("index/loaders/plain/html.py",),
    "pylatexenc": ("index/loaders/plain/tex.py",),
    "markdown_it": ("index/loaders/plain/markdown.py",),
    "mdit_py_plugins": ("index/loaders/plain/markdown.py",),
    "yaml": ("index/loaders/plain/keys.py", "index/loaders/plain/markdown.py"),
    "pypdfium2": (
        "index/loaders/pdf/text.py",
        "index/loaders/pdf/picture.py",
        "index/loaders/pdf/notes.py",
        "index/loaders/pdf/rules.py",
        "index/loaders/pdf/strikes.py",
        "index/builder/pictures.py",
    ),
    "mcp": ("ui/mcp/server.py", "ui/mcp/addresses.py"),
    "gradio": ("ui/chat/",),
    "jinja2": ("eval/render/html.py",),
    "markupsafe": ("eval/render/", "ui/chat/"),
    "fastapi": ("ui/",),
    "uvicorn": ("ui/",),
    "click": ("ui/",),
    "prometheus_client": ("ui/server/metrics.py",),
    "opentelemetry": ("index/tracing.py",),
}


@cache
def _imports(path: Path) -> set[str]:
    """The top-level names of all absolute imports of a file, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_imported_from_this_repository(repo, package):
    module = importlib.import_module(package)
    assert module.__file__ == str(repo / package / "__init__.py")


@pytest.mark.parametrize("package", ["index", "rag"])
def test_every_door_of_a_package_is_there(package):
    module = importlib.import_module(package)
    assert all(getattr(module, name).__name__ == name for name in module.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        module.nothing  # noqa: B018


@pytest.mark.parametrize("vendor", ROOMS)
def test_each_vendor_is_imported_in_its_own_room_only(repo, vendor):
    paths = [path for package in PACKAGES for path in sorted((repo / package).rglob("*.py"))]
    importing = {path.relative_to(repo).as_posix() for path in paths if vendor in _imports(path)}
    outside = {name for name in importing if not name.startswith(ROOMS[vendor])}
    assert not outside


@pytest.mark.filterwarnings("ignore:A test tried to use socket:UserWarning")
def test_a_test_cannot_reach_another_machine():
    with pytest.raises(SocketConnectBlockedError), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))


# The first version without the holes that are known of the ones before.
MENDED = {
    "fastapi": "0.132",  # JSON is parsed with its content type only
    "jinja2": "3.1.6",  # CVE-2025-27516
    "lxml": "6.1.0",  # CVE-2026-41066
    "onnx": "1.21.0",  # CVE-2026-27489, CVE-2026-34445
    "pillow": "12.2.0",  # CVE-2026-40192
    "python-multipart": "0.0.27",  # CVE-2026-24486, CVE-2026-40347, CVE-2026-42561
    "starlette": "0.49.1",  # CVE-2025-62727
    "transformers": "5.5.0",  # CVE-2026-5241, CVE-2026-4372
}
# Their private parts are used, so the next minor version is tried before it is allowed.
CEILED = ("chromadb", "llama-index-core", "python-oxmsg", "python-pptx")


def _required(repo: Path) -> dict[str, SpecifierSet]:
    project = tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {r.name: r.specifier for r in map(Requirement, project["dependencies"])}


def test_notice_names_every_package_that_is_installed_with_the_program(repo):
    project = tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    required = [
        *project["dependencies"],
        *(r for x in ("ocr", "local", "sources", "ray") for r in extras[x]),
    ]
    notice = (repo / "NOTICE").read_text(encoding="utf-8").lower()
    words = {word.replace("_", "-") for word in re.findall(r"[a-z0-9][\w-]*", notice)}
    names = {Requirement(r).name.lower().replace("_", "-") for r in required}
    assert names <= words, sorted(names - words)


def test_the_lower_bounds_exclude_versions_with_known_holes(repo):
    required = _required(repo)
    for name, mended in MENDED.items():
        bound = next(Version(s.version) for s in required[name] if s.operator in (">=", "=="))
        assert bound >= Version(mended), name


def test_risk_25_packages_whose_private_parts_are_used_have_a_ceiling(repo):
    required = _required(repo)
    for name in CEILED:
        assert any(s.operator in ("<", "<=", "==") for s in required[name]), name


def test_the_versions_that_the_tests_run_with_are_within_the_bounds(repo):
    for name, allowed in _required(repo).items():
        assert importlib.metadata.version(name) in allowed, name
