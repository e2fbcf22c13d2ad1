"""Results as plain text for the terminal; document text is stripped of control characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.builder.build import IndexReport, IndexState
from index.builder.plan import Plan
from index.listing import Failure, unread_by_reason
from index.sources.sync import SyncReport
from index.store.manifest import Manifest
from index.types import Passage, Progress
from rag.types import SURE, Answer, confidence_in_words
from ui.cli.doctor import Check

__all__ = [
    "answer_text",
    "bar",
    "checks_text",
    "documents_text",
    "history_text",
    "passages_text",
    "plan_text",
    "printable",
    "progress_text",
    "report_text",
    "state_text",
    "sync_text",
]

# Characters that Unicode keeps for use inside a program stand for the codes of a terminal.
_BOLD = ("\ufdd0", "\ufdd1")
_CODES = ("\x1b[1m", "\x1b[0m")
_NAMED = 3  # of the files that one reason keeps out
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    r"""Text without characters that a terminal would obey.

    >>> printable("a\x1b[31mb")
    'a[31mb'
    """
    return _CONTROL.sub("", text)


def answer_text(answer: Answer, *, colours: bool = False) -> str:
    """The answer, then its footnotes: title, place, and the quote.

    With ``colours`` the short answer is in bold, as terminals have it.
    """
    lines = []
    notice = answer.notice or ""
    understood = answer.standalone_question
    if understood != " ".join(answer.question.split()) and understood not in notice:
        lines += [f"read as: {understood}", ""]
    lines.append(answer.written(_BOLD))
    if answer.left_out:
        lines.append(f"({answer.left_out} sentence(s) left out: not supported by the documents)")
    if notice:
        lines.append(f"({notice})")
    if answer.citations and answer.confidence < SURE:
        lines.append(f"({confidence_in_words(answer.confidence, answer.language)})")
    if answer.citations:
        lines.append("")
    for c in answer.citations:
        heading = [f"“{h}”" for h in c.heading_path[-1:] if h != c.title]
        place = [c.place] if c.place else []
        where = [c.document_id, *heading, *place, f"{c.span.start}:{c.span.end}"]
        lines.append(f"[{c.number}] {c.title} ({', '.join(where)})")
        lines.append(f"    “{' '.join(c.quote.split())}”")
    if answer.offered:
        lines += ["", "Nearest passages:", passages_text(answer.offered)]
    text = printable("\n".join(lines))
    for mark, code in zip(_BOLD, _CODES, strict=True):
        text = text.replace(mark, code if colours else "")
    return text


def passages_text(passages: tuple[Passage, ...]) -> str:
    """Ranks, scores and the first words of each passage."""
    lines = []
    for p in passages:
        chunk = p.chunk
        place = f"{chunk.document_id} {chunk.span.start}:{chunk.span.end}"
        ranks = f"dense {p.dense_rank or '-'} ({p.dense:.3f}), "
        ranks += f"lexical {p.lexical_rank or '-'} ({p.lexical:.3f}), phrase {p.phrase:.3f}"
        ranks += f", rerank {p.rerank_score:.3f}" if p.rerank_score is not None else ""
        lines.append(f"{p.rank:>2}. {place}  score {p.score:.3f}: {ranks}")
        lines.append("    " + " ".join(chunk.text.split())[:200])
    return printable("\n".join(lines))


def plan_text(plan: Plan) -> str:
    """What a build would do, one line a document that is touched."""
    lines = [f"rebuild of everything: {plan.rebuild}"] if plan.rebuild else []
    lines += [f"added    {seed.id}" for seed in plan.added]
    lines += [f"changed  {seed.id}" for seed in plan.changed]
    lines += [f"renamed  {old} -> {seed.id}" for old, seed in plan.renamed]
    lines += [f"removed  {name}" for name in plan.removed]
    lines += [f"failed   {f.document}: {f.reason}" for f in plan.failed]
    lines.append(f"{len(plan.unchanged)} unchanged" if lines else "nothing to do")
    return "\n".join(_one_line(line) for line in lines)


def report_text(report: IndexReport) -> str:
    """What a build did."""
    lines = [f"failed   {f.document}: {f.reason}" for f in report.failed]
    if not report.published:
        lines.append(f"nothing changed; generation {report.generation}, {report.chunks} chunks")
    else:
        counts = report.plan.counts | {
            "unchanged": len(report.plan.unchanged),
            "failed": len(report.failed),
        }
        message = ", ".join(f"{n} {name}" for name, n in counts.items() if n) or "no documents"
        lines.append(
            f"published generation {report.generation}: {message}; {report.chunks} chunks, "
            f"{report.embedded} embedded, {report.reused} reused, {report.seconds:.1f} s"
        )
    return "\n".join(_one_line(line) for line in lines)


def sync_text(report: SyncReport, *, dry_run: bool = False) -> str:
    """What a sync did, or would do; what cannot be had by name, what is not read by ending."""
    lines = [f"added    {name}" for name in report.added]
    lines += [f"changed  {name}" for name in report.changed]
    lines += [f"removed  {name}" for name in report.removed]
    lines += [f"failed   {f.document}: {f.reason}" for f in report.failed]
    if report.left_out:
        lines += [f"left out: {len(report.left_out):,}", *_by_reason(report.left_out)]
    if report.waiting:
        lines.append(f"waiting  {report.waiting:,}: {report.reason}")
    counts = {
        "added": len(report.added),
        "changed": len(report.changed),
        "removed": len(report.removed),
        "unchanged": report.unchanged,
        "failed": len(report.failed),
        "left out": len(report.left_out),
        "waiting": report.waiting,
    }
    message = ", ".join(f"{n:,} {name}" for name, n in counts.items() if n) or "nothing is there"
    fetched = f"{report.fetched_bytes / 1e6:.1f} MB fetched, {report.seconds:.1f} s"
    lines.append(f"{report.source}: {message}" + ("" if dry_run else f"; {fetched}"))
    return "\n".join(_one_line(line) for line in lines)


def bar(progress: Progress, width: int = 20) -> str:
    """A bar of ``width`` characters, filled by the bytes that are done.

    >>> bar(Progress(1, 2, 30, 40), width=8)
    '██████░░'
    """
    filled = width * progress.done_bytes // max(progress.total_bytes, 1)
    return "█" * filled + "░" * (width - filled)


def progress_text(progress: Progress) -> str:
    """Documents, chunks, rate and time left.

    >>> progress_text(Progress(1, 4, 100, 400, chunks=1200, seconds=60.0))
    '1 of 4 documents, 1,200 passages, 20 a second, 3 min 0 s left'
    """
    if not progress.total:
        return "looking for what changed"
    message = f"{progress.done:,} of {progress.total:,} documents, {progress.chunks:,} passages"
    if progress.left_s is None or not progress.chunks:
        return message
    minutes, seconds = divmod(round(progress.left_s), 60)
    left = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"{message}, {progress.rate:.0f} a second, {left} left"


def state_text(state: IndexState) -> str:
    """The state of the index, what to do about it, and what is not read by ending and reason."""
    return "\n".join((_standing(state), *_unread(state.plan.failed)))


def _standing(state: IndexState) -> str:
    manifest = state.manifest
    if state.kind == "missing":
        return "missing: no index yet; run `footnote index`"
    if manifest is None:
        return f"stale: {state.plan.rebuild}"
    held = f"generation {manifest.generation} of {manifest.created}: "
    held += f"{len(manifest.documents)} documents, {manifest.chunks} chunks"
    if state.kind == "fresh":
        return f"fresh: {held}"
    if state.kind == "pinned":
        return f"pinned by a rollback: {held}; run `footnote index` to follow the folder again"
    return f"stale: {held}; run `footnote index`\n{plan_text(replace(state.plan, failed=()))}"


def _unread(failures: Sequence[Failure]) -> Iterator[str]:
    """How many files are not read, and a line for each ending and reason with the first names."""
    if not failures:
        return
    count = len({failure.document for failure in failures})
    yield f"not, or only partly, read: {count:,} (all names: `footnote index documents`)"
    if pictures := pictures_text(failures):
        yield f"{pictures}: `footnote index --ocr` reads them"
    yield from _by_reason(failures)


def _by_reason(failures: Sequence[Failure]) -> Iterator[str]:
    for one in unread_by_reason(failures):
        names = ", ".join(one.documents[:_NAMED])
        more = f" and {len(one.documents) - _NAMED:,} more" if len(one.documents) > _NAMED else ""
        ending = one.ending or "no ending"
        yield _one_line(f"{len(one.documents):>6,}  {ending}  {one.reason}: {names}{more}")


def pictures_text(failures: Sequence[Failure]) -> str:
    """How many pages are pictures that are not read; "" where there are none.

    >>> pictures_text([Failure("a.pdf", "", 2), Failure("b", "damaged"), Failure("c.png", "", 1)])
    '2 documents have 3 pages that are pictures; their text is not in the index'
    """
    having = [failure.pictures for failure in failures if failure.pictures]
    if not having:
        return ""
    pages = sum(having)
    documents = "1 document has" if len(having) == 1 else f"{len(having):,} documents have"
    counted = (
        "1 page that is a picture; its"
        if pages == 1
        else (f"{pages:,} pages that are pictures; their")
    )
    return f"{documents} {counted} text is not in the index"


def history_text(manifests: list[Manifest], current: str | None) -> str:
    """The kept generations, newest first; the current one is marked."""
    lines = [
        f"{'*' if m.generation == current else ' '} {m.generation}  {m.created}  "
        f"{len(m.documents)} documents, {m.chunks} chunks"
        for m in manifests
    ]
    return "\n".join(lines) or "no generation yet: run `footnote index`"


def documents_text(state: IndexState) -> str:
    """The documents of the current generation and the files that are not in it, one a line."""
    held = state.manifest.documents if state.manifest else {}
    lines = [f"{k}  {v.date or '-'}  {v.chunks} chunks  {v.title}" for k, v in held.items()]
    lines += [f"{failure.document}  failed: {failure.reason}" for failure in state.plan.failed]
    return "\n".join(_one_line(line) for line in lines) or "the index holds no documents"


def checks_text(checks: list[Check]) -> str:
    """The findings of the doctor."""
    return "\n".join(
        f"{'ok  ' if c.ok else 'FIX '} {c.name}: {c.finding}"
        + (f"\n       {c.remedy}" if c.remedy else "")
        for c in checks
    )


def _one_line(text: str) -> str:
    return printable(text.replace("\n", "⏎"))
