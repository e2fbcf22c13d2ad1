"""Documents: what the folder holds, files added and deleted, texts and pages.

The folder is changed as in the window; the index follows when it is built.
"""

from __future__ import annotations

import secrets
import shutil
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from index.errors import HomeError, PictureError, SeedsError
from index.folder import MAX_FILES, Existing, Folder, Upload, Uploaded
from index.status import SeedStatus
from index.store.files import make_folder
from index.types import Span
from rag.assemble import Services
from ui.chat.work import Work
from ui.server.errors import RefusedError
from ui.server.native.examples import ERRORS, example
from ui.server.routes import Editor, described, takes

__all__ = ["document_routes"]

_KEPT_AN_HOUR = {"Cache-Control": "private, max-age=3600"}
_EXISTING: dict[str, Existing] = {"": "ask", "replace": "replace", "keep both": "keep both"}
_FORM = {
    "type": "object",
    "required": ["files"],
    "properties": {
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "existing": {"enum": ["replace", "keep both"], "description": "for names that are taken"},
    },
}
_UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
}


class Restored(BaseModel):
    """Which deletion is undone: what ``DELETE`` answered as ``deleted``."""

    deleted: str


def document_routes(services: Services, work: Work) -> APIRouter:
    """The routes of documents."""
    router = APIRouter(prefix="/api", tags=["Documents"])
    asks = [takes("ask")]

    @router.get("/documents", dependencies=asks, responses=described(example("documents"), *ERRORS))
    def documents() -> dict[str, Any]:
        """Every file of the folder and of the index, and how the one stands to the other."""
        look = work.folder.look()
        if look.state is None:
            raise SeedsError(look.error)
        return {"documents": [_listed(one) for one in look.seeds]}

    @router.post(
        "/documents",
        responses=described(example("uploaded"), *ERRORS),
        openapi_extra=_UPLOAD_BODY,
    )
    async def upload(request: Request, visitor: Editor) -> dict[str, Any]:
        """Put files into the folder; one whose name is taken is named, unless `existing` says."""
        async with request.form(max_files=MAX_FILES, max_fields=1) as form:
            done = await run_in_threadpool(_store, services, form)
        work.audit.record(visitor.name, "uploaded", done.added)
        await run_in_threadpool(work.folder.again)
        return {
            "added": list(done.added),
            "taken": [one.name for one in done.waiting],
            "refused": [{"document": f.document, "reason": f.reason} for f in done.refused],
        }

    @router.post("/documents/restore", responses=described(example("restored"), *ERRORS))
    def restore(body: Restored, visitor: Editor) -> dict[str, Any]:
        """Put back what was deleted."""
        folder = Folder(services.settings)
        deleted = folder.deleted(body.deleted)
        folder.restore(deleted)
        work.audit.record(visitor.name, "restored", deleted.ids)
        work.folder.again()
        return {"restored": list(deleted.ids)}

    @router.get(
        "/documents/{document_id:path}",
        dependencies=asks,
        responses=described(example("document"), *ERRORS),
    )
    def document(document_id: str) -> dict[str, Any]:
        """The text that citations of a document point into."""
        found = services.searcher.generation().document(document_id)
        return {
            "document": found.id,
            "title": found.title,
            "date": found.date,
            "source_url": found.source_url,
            "text": found.text,
        }

    @router.delete(
        "/documents/{document_id:path}", responses=described(example("deleted"), *ERRORS)
    )
    def delete(document_id: str, visitor: Editor) -> dict[str, Any]:
        """Move a file of the folder to the trash of the home."""
        deleted = Folder(services.settings).delete([document_id])
        work.audit.record(visitor.name, "deleted", deleted.ids)
        work.folder.again()
        return {"deleted": deleted.name, "documents": list(deleted.ids)}

    @router.get("/pages/{document_id:path}", dependencies=asks, responses=_PICTURE)
    def page(document_id: str, page: int, start: int, end: int) -> Response:
        """A page of a PDF as a picture, the characters from `start` to `end` marked on it."""
        if not 0 <= start <= end:
            raise PictureError(f"not a span: {start}:{end}")
        generation = services.searcher.generation()
        found, tables = generation.document(document_id), generation.tables_of(document_id)
        picture = services.pictures.page(found, page, Span(start, end), tables)
        return Response(picture, media_type="image/png", headers=_KEPT_AN_HOUR)

    return router


def _store(services: Services, form: FormData) -> Uploaded:
    """Put the files of a form into the folder, by way of that of the uploads."""
    existing = _EXISTING.get(str(form.get("existing", "")))
    files = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    if existing is None:
        raise RefusedError("existing is replace, keep both, or left out", "existing", status=422)
    if not files:
        raise RefusedError("no file came: send them as files of a form", "files", status=422)
    folder = Folder(services.settings)
    came: list[Upload] = []
    try:
        make_folder(services.settings.uploads)
        for one in files:
            place = services.settings.uploads / f"api-{secrets.token_hex(8)}"
            came.append(Upload(place, str(one.filename)))
            with place.open("wb") as kept:
                shutil.copyfileobj(one.file, kept)
        return folder.upload(came, existing)
    except OSError as exc:
        raise HomeError(f"cannot keep what came ({exc.strerror}): nothing was added") from exc
    finally:  # whose names are taken, and what is left after an error
        for upload in came:
            folder.forget(upload)


def _listed(one: SeedStatus) -> dict[str, Any]:
    return {
        "document": one.seed,
        "state": one.kind,
        "reason": one.reason or None,
        "bytes": one.size,
        "title": one.entry.title if one.entry else None,
        "date": one.entry.date if one.entry else None,
        "language": one.entry.language if one.entry else None,
        "chunks": one.chunks,
        "documents": list(one.documents),
    }


_PICTURE: dict[int | str, Any] = {
    **described(None, *ERRORS),
    200: {"description": "A picture", "content": {"image/png": {}}},
}
