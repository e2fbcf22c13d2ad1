"""The command ``footnote``: parses, calls one method, prints.

Results go to standard output, progress and errors to standard error. Exit status: 0 done, 1 it
ran and the answer is no, 2 an expected error in one line, 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from index.build import Builder
    from index.filters import Filter
    from index.progress import Progress
    from index.settings import Settings
    from rag.assemble import House

__all__ = ["main"]

# Files and folders are opened by those who use them, whose errors say what to do.
_PATH = click.Path(path_type=Path, readable=False)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class _Run:
    """The global options, and what is made from them when a command needs it."""

    def __init__(self, seeds: Path | None, home: Path | None, config: Path | None) -> None:
        self._options = {"seeds": seeds, "home": home}
        self._config = config

    def settings(self, **flags: Any) -> Settings:
        from index.settings import load_settings

        return load_settings(self._config, **self._options | flags)

    def house(self, **flags: Any) -> House:
        from rag.assemble import House

        return House(self.settings(**flags))

    def fresh_house(self, **flags: Any) -> House:
        """A house whose index has been brought up to date."""
        house = self.house(**flags)
        report = house.builder.refresh(progress=_show_progress)
        if report is None:
            click.echo(
                "answering from the published index"
                " (pinned, being rebuilt, or the home cannot be written)",
                err=True,
            )
        elif report.published:
            from ui.text import report_text

            click.echo(report_text(report), err=True)
        return house


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seeds", type=_PATH, help="Folder of documents [seeds].")
@click.option("--home", type=_PATH, help="Folder for all state [.footnote].")
@click.option(
    "--config",
    type=_PATH,
    envvar="FOOTNOTE_CONFIG",
    help="Settings file [footnote.toml].",
)
@click.option("-v", "--verbose", is_flag=True, envvar="FOOTNOTE_VERBOSE", help="Log to stderr.")
@click.version_option(package_name="footnote-rag", prog_name="footnote")
@click.pass_context
def cli(
    ctx: click.Context, seeds: Path | None, home: Path | None, config: Path | None, verbose: bool
) -> None:
    """Answers from a folder of documents; every sentence cites the characters it rests on."""
    if verbose:
        import logging

        logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    ctx.obj = _Run(seeds, home, config)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
@click.pass_obj
def chat(run: _Run, host: str, port: int, no_browser: bool) -> None:
    """Refresh the index, then open the chat window (and the HTTP API)."""
    from index.errors import SeedsError

    try:
        house = run.fresh_house()
    except SeedsError as exc:  # the window is where documents can be added
        click.echo(f"footnote: {exc}", err=True)
        house = run.house()
    from ui.serve import serve

    serve(house, host=host, port=port, open_browser=not no_browser)


def _narrowed(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which documents to search; :func:`_filter` takes their values."""
    day = click.DateTime(["%Y-%m-%d"])
    for option in (
        click.option("--before", type=day, help="Only documents up to this date."),
        click.option("--after", type=day, help="Only documents from this date on."),
        click.option("--format", "formats", multiple=True, help="Only this ending (pdf); repeat."),
        click.option("--folder", help="Only documents in this folder of the seeds."),
        click.option("--document", help="Only documents whose path matches this glob."),
    ):
        command = option(command)
    return command


def _filter(
    document: str | None, folder: str | None, formats: tuple[str, ...], after: Any, before: Any
) -> Filter:
    from index.filters import Filter

    return Filter(
        document,
        folder,
        formats,
        after.date().isoformat() if after else None,
        before.date().isoformat() if before else None,
    )


@cli.command()
@click.argument("question")
@click.option("--k", type=click.IntRange(1, 50), help="Passages to read.")
@_narrowed
@click.option("--strict", is_flag=True, help="Exit with status 1 when the documents do not answer.")
@_as_json
@click.pass_obj
def ask(
    run: _Run,
    /,
    question: str,
    k: int | None,
    strict: bool,
    as_json: bool,
    **narrowed: Any,
) -> None:
    """Answer QUESTION from the documents, with citations."""
    house = run.fresh_house()
    answer = house.assistant.ask(question, k=k, filter_by=_filter(**narrowed))
    if as_json:
        _print_json(answer.as_json())
    else:
        from ui.text import answer_text

        click.echo(answer_text(answer, colours=sys.stdout.isatty()))
    if strict and answer.abstained:
        sys.exit(1)


@cli.command()
@click.argument("query")
@click.option("--k", type=click.IntRange(1, 50), help="Passages to show.")
@_narrowed
@_as_json
@click.pass_obj
def search(run: _Run, /, query: str, k: int | None, as_json: bool, **narrowed: Any) -> None:
    """Show the passages found for QUERY, with every rank and score."""
    house = run.fresh_house()
    found = house.searcher.search(query, k=k, filter_by=_filter(**narrowed))
    if as_json:
        from rag.answers import passage_json

        passages = [passage_json(p) for p in found.passages]
        _print_json({"query": query, "generation": found.generation, "passages": passages})
    else:
        from ui.text import passages_text

        click.echo(passages_text(found.passages))


class _SpanType(click.ParamType[tuple[int, int]]):
    name = "START:END"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        start, _, end = str(value).partition(":")
        if not (start.isdigit() and end.isdigit() and int(start) <= int(end)):
            self.fail(f"{value!r} is not START:END, two character offsets", param, ctx)
        return int(start), int(end)


@cli.command()
@click.argument("document")
@click.option("--span", type=_SpanType(), help="Only these characters.")
@_as_json
@click.pass_obj
def show(run: _Run, document: str, span: tuple[int, int] | None, as_json: bool) -> None:
    """Print the extracted text of DOCUMENT that citations point into, exactly."""
    house = run.house()
    house.builder.refresh(progress=_show_progress)
    from index.generations import Home
    from index.reading import read_document

    found = read_document(Home(house.settings.home), document)
    start, end = span or (0, len(found.text))
    if as_json:
        _print_json(
            {
                "document": found.id,
                "title": found.title,
                "date": found.date,
                "media_type": found.media_type,
                "sha256": found.sha256,
                "start": start,
                "end": min(end, len(found.text)),
                "text": found.text[start:end],
            }
        )
    else:
        click.echo(found.text[start:end], nl=False)


@cli.group(invoke_without_command=True)
@click.option("--check", is_flag=True, help="Change nothing; exit with status 1 when stale.")
@click.option("--dry-run", is_flag=True, help="Change nothing; show what would be done.")
@click.option("--force", is_flag=True, help="Rebuild everything.")
@click.option("--watch", is_flag=True, help="Stay, and build again whenever the folder changes.")
@_as_json
@click.pass_context
def index(
    ctx: click.Context, check: bool, dry_run: bool, force: bool, watch: bool, as_json: bool
) -> None:
    """Bring the index up to date with the documents folder."""
    if ctx.invoked_subcommand is not None:
        return
    if check + dry_run + force > 1 or (watch and (check or dry_run)):
        raise click.UsageError("--check, --dry-run, --force and --watch exclude each other")
    run: _Run = ctx.obj
    builder = run.house().builder
    from ui.text import plan_text, report_text, state_text

    if check:
        state = builder.state()
        _print(state.as_json(), state_text(state), as_json)
        sys.exit(0 if state.kind == "fresh" else 1)
    if dry_run:
        from index.plan import plan_json

        plan = builder.plan(force=force)
        _print(plan_json(plan), plan_text(plan), as_json)
        return
    builder.unpin()
    report = builder.build(force=force, progress=_show_progress)
    _print(report.as_json(), report_text(report), as_json, indent=None if watch else 1)
    if watch:
        _watch(builder, run.settings().seeds, as_json)


def _watch(builder: Builder, folder: Path, as_json: bool) -> None:
    """Build after each change until interrupted; what goes wrong is said, and the watch goes on."""
    from index.errors import FootnoteError
    from index.watching import changes
    from ui.text import report_text

    click.echo(f"watching {folder}; Ctrl+C ends it", err=True)
    for _ in changes(folder):
        try:
            report = builder.refresh(progress=_show_progress)
        except FootnoteError as exc:
            click.echo(f"footnote: {exc}", err=True)
            continue
        if report is not None and report.published:
            _print(report.as_json(), report_text(report), as_json, indent=None)


@index.command()
@_as_json
@click.pass_obj
def status(run: _Run, as_json: bool) -> None:
    """Say whether the index is fresh, stale, missing or pinned."""
    from ui.text import state_text

    state = run.house().builder.state()
    _print(state.as_json(), state_text(state), as_json)


@index.command()
@_as_json
@click.pass_obj
def history(run: _Run, as_json: bool) -> None:
    """List the generations that are kept."""
    from index.generations import Home
    from ui.text import history_text

    home = Home(run.settings().home)
    pointer = home.pointer()
    kept = home.history()
    current = pointer.current if pointer else None
    values = [
        {
            "generation": m.generation,
            "created": m.created,
            "documents": len(m.documents),
            "chunks": m.chunks,
            "current": m.generation == current,
        }
        for m in kept
    ]
    _print({"generations": values}, history_text(kept, current), as_json)


@index.command()
@click.argument("generation", required=False)
@_as_json
@click.pass_obj
def rollback(run: _Run, generation: str | None, as_json: bool) -> None:
    """Answer from an earlier GENERATION (default: the one before) until the next build."""
    from index.generations import Home

    manifest = Home(run.settings().home).rollback(generation)
    told = f"now answering from generation {manifest.generation} of {manifest.created}"
    _print({"generation": manifest.generation}, told, as_json)


@index.command()
@_as_json
@click.pass_obj
def documents(run: _Run, as_json: bool) -> None:
    """List the documents in the index."""
    from dataclasses import asdict

    from index.errors import IndexMissingError
    from ui.text import documents_text

    state = run.house().builder.state()
    if state.manifest is None:
        raise IndexMissingError("no index yet: run `footnote index`")
    values = [{"document": k, **asdict(v)} for k, v in state.manifest.documents.items()]
    failed = [asdict(failure) for failure in state.plan.failed]
    _print({"documents": values, "failed": failed}, documents_text(state), as_json)


@cli.command("eval")
@click.argument("suite", required=False, type=_PATH)
@click.option("--limit", type=click.IntRange(1), help="First N answerable and N unanswerable.")
@click.option("--json", "json_file", type=_PATH, help="Write the report here.")
@click.option("--html", "html_file", type=_PATH, help="Write a page here.")
@click.option("--baseline", type=_PATH, help="An earlier report.")
@click.option("--gate", is_flag=True, help="Exit with status 1 on a fall below the baseline.")
@click.option("--retrieval-only", is_flag=True, help="Search only, do not answer.")
@click.pass_obj
def evaluate(
    run: _Run,
    suite: Path | None,
    limit: int | None,
    json_file: Path | None,
    html_file: Path | None,
    baseline: Path | None,
    gate: bool,
    retrieval_only: bool,
) -> None:
    """Ask the judged questions of SUITE (default: those over the shipped seeds)."""
    from eval.evaluate import evaluate_suite
    from eval.report import load_baseline, regressions, shipped_baseline

    before = None
    if baseline is not None or gate:
        before = load_baseline(baseline if baseline is not None else shipped_baseline(suite))
    report = evaluate_suite(
        run.settings(),
        suite,
        limit=limit,
        retrieval_only=retrieval_only,
        index_progress=_show_progress,
        progress=_show_count,
    )
    click.echo(report.table())
    if json_file is not None:
        _write(json_file, json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n")
    if html_file is not None:
        _write(html_file, report.page())
    if before is not None:
        fallen = regressions(report, before)
        for line in fallen:
            click.echo(f"below the baseline: {line}")
        if not fallen:
            click.echo("no measure is below the baseline")
        if gate and fallen:
            sys.exit(1)


@cli.command()
@click.pass_obj
def doctor(run: _Run) -> None:
    """Check versions, model, index and language model; say what to do."""
    from rag.doctor import diagnose
    from ui.text import checks_text

    checks = []
    for check in diagnose(run.house()):
        checks.append(check)
        click.echo(checks_text([check]))
    if not all(check.ok for check in checks):
        sys.exit(1)


def main() -> None:
    """Run the command line and map errors to exit statuses."""
    from index.errors import FootnoteError

    try:
        cli(standalone_mode=False)
    except FootnoteError as exc:
        click.echo(f"footnote: {exc}", err=True)
        sys.exit(2)
    except click.ClickException as exc:
        exc.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _print(values: dict[str, Any], text: str, as_json: bool, *, indent: int | None = 1) -> None:
    if as_json:
        _print_json(values, indent=indent)
    else:
        click.echo(text)


def _print_json(values: dict[str, Any], *, indent: int | None = 1) -> None:
    click.echo(json.dumps(values, ensure_ascii=False, indent=indent))


def _write(path: Path, text: str) -> None:
    from index.errors import SettingsError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise SettingsError(f"cannot write {path} ({exc.strerror})") from exc


def _show_progress(progress: Progress) -> None:
    from ui.text import bar, progress_text

    told = f"indexing {bar(progress)} {progress_text(progress)}"
    _show_line(told, last=progress.done == progress.total)


def _show_count(done: int, total: int) -> None:
    _show_line(f"asking {done}/{total}", last=done == total)


def _show_line(text: str, *, last: bool) -> None:
    """A line that is overwritten, on a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\r{text}\x1b[K" + ("\n" if last else ""), err=True, nl=False)
