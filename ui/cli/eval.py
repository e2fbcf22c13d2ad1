"""``footnote eval``: asks judged questions, compares runs, makes suites.

``footnote eval [SUITE]`` itself is the command ``run`` of this group, which is what is meant when
the first word is no other command.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.cli.commands import (
    PATH,
    Run,
    as_json_option,
    print_result,
    show_line,
    show_progress,
    write_file,
)

if TYPE_CHECKING:
    from eval.types import Suite
    from rag.settings import Settings

__all__ = ["evaluation"]


class _Evaluation(click.Group):
    """A group whose command ``run`` need not be named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help of ``run``, and below it the other commands."""
        run = self.commands["run"]
        with click.Context(run, info_name=ctx.info_name, parent=ctx.parent) as inner:
            run.format_help(inner, formatter)
        others = [(name, c.get_short_help_str()) for name, c in sorted(self.commands.items())]
        with formatter.section("Commands"):
            formatter.write_dl([(name, message) for name, message in others if name != "run"])


@click.group("eval", cls=_Evaluation)
def evaluation() -> None:
    """Ask judged questions and measure the answers."""


@evaluation.command("run")
@click.argument("suite", required=False, type=PATH)
@click.option("--own", is_flag=True, help="Your own cases, over your documents.")
@click.option("--limit", type=click.IntRange(1), help="First N answerable and N unanswerable.")
@click.option("--retrieval-only", is_flag=True, help="Search only, do not answer.")
@click.option("--judged", is_flag=True, help="Also ask the language model what it thinks of each.")
@click.option("--json", "json_file", type=PATH, help="Write the report here.")
@click.option("--html", "html_file", type=PATH, help="Write a page here.")
@click.option("--junit", "junit_file", type=PATH, help="Write JUnit XML here, for CI systems.")
@click.option("--write-baseline", "new_baseline", type=PATH, help="Write a --baseline of this run.")
@click.option("--baseline", type=PATH, help="An earlier --write-baseline or --json.")
@click.option("--gate", is_flag=True, help="Exit with status 1 on a fall below the baseline.")
@click.option(
    "--tolerance",
    "tolerances",
    multiple=True,
    metavar="[MEASURE=]NUMBER",
    help="How far a measure may fall [0.02]: answer.contains=0.05; repeat.",
)
@click.option(
    "--compare",
    nargs=2,
    metavar="A B",
    help="Ask nothing: compare two runs (ids, 0 for the newest, or files).",
)
@click.pass_obj
def ask_suite(
    run: Run,
    /,
    suite: Path | None,
    own: bool,
    limit: int | None,
    retrieval_only: bool,
    judged: bool,
    json_file: Path | None,
    html_file: Path | None,
    junit_file: Path | None,
    new_baseline: Path | None,
    baseline: Path | None,
    gate: bool,
    tolerances: tuple[str, ...],
    compare: tuple[str, str] | None,
) -> None:
    """Ask the judged questions of SUITE (default: those over the sample documents).

    The run is kept (`footnote eval history`). One that is interrupted goes on where it ended when
    the same is asked again.
    """
    settings = run.settings()
    if compare is not None:
        _compare(settings, compare, json_file)
        return
    from eval.gate import baseline_of, parse_tolerances, regressions, shipped_baseline
    from eval.render.junit import junit_xml
    from eval.render.page import report_page
    from eval.run import evaluate
    from eval.store import load_report, store_run

    before, allowed = None, parse_tolerances(tolerances)
    if baseline is not None or gate:
        other = "your own cases" if own else (str(suite) if suite else None)
        before = load_report(baseline if baseline is not None else shipped_baseline(other))
    report = evaluate(
        settings,
        _suite(settings, suite, own=own).limited(limit),
        retrieval_only=retrieval_only,
        judged=judged,
        index_progress=show_progress,
        progress=_show_count,
    )
    click.echo(report.table())
    values = report.as_json()
    if not retrieval_only:
        click.echo(f"kept as run {store_run(settings.home, report)}", err=True)
    fallen = regressions(values, before, allowed) if before is not None else []
    if json_file is not None:
        write_file(json_file, json.dumps(values, ensure_ascii=False, indent=1) + "\n")
    if new_baseline is not None:
        write_file(
            new_baseline, json.dumps(baseline_of(values), ensure_ascii=False, indent=1) + "\n"
        )
    if html_file is not None:
        write_file(html_file, report_page(values))
    if junit_file is not None:
        write_file(junit_file, junit_xml(values, fallen))
    if before is not None:
        for line in fallen:
            click.echo(f"below the baseline: {line}")
        if not fallen:
            click.echo("no measure is below the baseline")
        if gate and fallen:
            sys.exit(1)


def _suite(settings: Settings, folder: Path | None, *, own: bool) -> Suite:
    from eval.cases import own_suite, suite_at
    from eval.errors import SuiteError

    if not own:
        return suite_at(folder)
    if folder is not None:
        raise click.UsageError("--own and SUITE exclude each other")
    found = own_suite(settings)
    if found is None:
        raise SuiteError("you have no cases of your own yet: `footnote eval init` drafts some")
    return found


def _compare(settings: Settings, names: Sequence[str], json_file: Path | None) -> None:
    from eval.compare import compare
    from eval.store import find_run
    from ui.cli.eval_text import comparison_text

    before, after = (find_run(settings.home, name) for name in names)
    found = compare(before, after)
    click.echo(comparison_text(found, before, after))
    if json_file is not None:
        write_file(json_file, json.dumps(found.as_json(), ensure_ascii=False, indent=1) + "\n")


@evaluation.command()
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@as_json_option
@click.pass_obj
def history(run: Run, limit: int, as_json: bool) -> None:
    """List the runs that are kept, the newest first."""
    from dataclasses import asdict

    from eval.store import list_runs
    from ui.cli.eval_text import runs_text

    runs = list_runs(run.settings().home, limit)
    values: dict[str, Any] = {
        "runs": [asdict(found) for found in runs.stored],
        "unreadable": [{"file": name, "reason": reason} for name, reason in runs.unreadable],
    }
    print_result(values, runs_text(runs), as_json=as_json)


@evaluation.command()
@click.option("--number", type=click.IntRange(1, 1000), default=60, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Another gives other drafts.")
@as_json_option
@click.pass_obj
def init(run: Run, number: int, seed: int, as_json: bool) -> None:
    """Draft cases from your own documents, for you to accept, edit or reject.

    Do that in the window, or in the file: set "state" to "accepted" or "rejected", change what is
    wrong, then run `footnote eval accept`. A language model that is configured drafts some, too.
    """
    services = run.fresh_services()
    from dataclasses import asdict

    from eval.draft import draft_cases
    from eval.drafts_file import drafts_path, write_drafts
    from ui.cli.eval_text import drafted_text

    made = draft_cases(
        services.searcher.generation(),
        number=number,
        seed=seed,
        model=services.language_model(services.settings),
        progress=lambda done, total: show_line(f"drafting {done}/{total}", last=done == total),
    )
    new = write_drafts(services.settings.home, made.drafts)
    path = drafts_path(services.settings.home)
    values = {"file": str(path), "new": new, **asdict(made)}
    print_result(values, drafted_text(made, new, path), as_json=as_json)


@evaluation.command()
@as_json_option
@click.pass_obj
def accept(run: Run, as_json: bool) -> None:
    """Add the drafts that you marked "accepted" in the file to your own cases (`eval --own`)."""
    from eval.drafts_file import accept_marked

    added = accept_marked(run.settings().home)
    message = f"{len(added)} cases added to your own: `footnote eval --own` asks them"
    print_result({"added": [case.id for case in added]}, message, as_json=as_json)


@evaluation.command("import")
@click.argument("source", type=PATH)
@click.argument("out", type=PATH)
@click.option("--form", type=click.Choice(["squad", "beir", "trec", "csv"]), help="[recognised]")
@click.option("--documents", type=PATH, help="The documents that a CSV is about.")
@click.option("--split", help="Which judgements of BEIR [test, else dev, else train].")
@as_json_option
def import_data(
    source: Path,
    out: Path,
    form: str | None,
    documents: Path | None,
    split: str | None,
    as_json: bool,
) -> None:
    """Make the suite OUT from SQuAD JSON, a BEIR or TREC folder, or a CSV of questions."""
    from dataclasses import asdict

    from eval.importers.importer import import_suite
    from ui.cli.eval_text import imported_text

    made = import_suite(source, out, form=form, documents=documents, split=split)
    print_result(asdict(made), imported_text(made, out), as_json=as_json)


def _show_count(done: int, total: int) -> None:
    show_line(f"asking {done}/{total}", last=done == total)
