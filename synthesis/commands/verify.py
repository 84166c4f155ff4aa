"""``synthesis verify``: a claim table, or a report, comes back verified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from synthesis.cli import EXIT_PARTIAL
from synthesis.commands.options import (
    home_option,
    json_option,
    judge_option,
    make_config,
    open_home,
    quiet_option,
    report_language_option,
    run_clock,
    source_choice,
    source_options,
    stage_progress,
)
from synthesis.outcomes import is_partial

if TYPE_CHECKING:
    from synthesis.jobs import Done
    from synthesis.protocols import Source
    from synthesis.records import Evidence, Label, Report, Span, Verdict
    from synthesis.source_choice import Network
    from synthesis.store import Home
    from synthesis.tables import ClaimTable


class _Evidence(NamedTuple):
    """Where evidence is searched: sources, and the sentences of a corpus that came split."""

    sources: list[Source]
    sentences: dict[str, tuple[Span, ...]]
    original_ids: dict[str, int]  # of documents whose ids are numbers


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@source_options
@click.option(
    "--corpus",
    type=click.Path(path_type=Path, dir_okay=False),
    help='Search only this file: JSONL of {"doc_id", "title", "abstract": [sentences] or "text"}.',
)
@click.option("--claim-column", metavar="NAME", help="The column that holds the claims.  [default: found]")
@click.option(
    "--risk",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of stated verdicts that may be wrong.  [default: 0.1]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File to write.  [default: TABLE with .verified before its suffix]",
)
@report_language_option
@click.option("--formats", default="", help="A report beside the table: md,html,pdf,docx,json,bib,csv.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A TOML file of settings.")
@click.option("--fresh", is_flag=True, help="Start over, even if this verification was begun before.")
@judge_option
@home_option
@json_option
@quiet_option
@click.pass_context
def verify(ctx: click.Context, /, table: Path, **options: Any) -> None:
    """Verify the claims of TABLE against the literature and write it back with verdicts and evidence.

    TABLE is CSV, TSV, JSON, JSONL or Markdown with a column of claims, or a report with a table of extracted
    claims in Markdown, HTML, DOCX, PDF or plain text. With --json a line a claim goes to stdout and no file
    is written unless --out asks for one.

    \b
    Examples:
      synthesis verify claims.csv --library papers/
      synthesis verify report.pdf --source demo --out report.verified.pdf
      synthesis verify claims.jsonl --corpus corpus.jsonl --json
    """
    from synthesis.tables import output_name, read_claims, write_verified

    claims = read_claims(table, options["claim_column"])
    _check_suffix(options["out"], output_name(claims, table))
    done, original_ids = _verify(claims, table, options)
    out: Path | None = options["out"]
    if options["as_json"]:
        for line in _json_lines(claims, done, original_ids):
            click.echo(json.dumps(line, ensure_ascii=False))
    elif out is None:
        out = table.with_name(output_name(claims, table))
    if out is not None:
        from synthesis.store import write_atomically

        write_atomically(out, write_verified(claims, done.report))
    if done.resumed:
        click.echo(f"Went on with the unfinished run {done.run.folder.name}.", err=True)
    if not options["as_json"]:
        _print_summary(done.report, [out] if out else [])
    ctx.exit(EXIT_PARTIAL if is_partial(done.report, named=bool(options["sources"])) else 0)


def _check_suffix(out: Path | None, name: str) -> None:
    """A table comes back in the format that came in, so ``--out`` must not promise another."""
    from synthesis.errors import UsageError

    suffix = Path(name).suffix
    if out is not None and out.suffix and out.suffix.lower() != suffix.lower():
        raise UsageError(
            f"the table comes back as {suffix}, but --out names {out.name}. Other forms: --formats."
        )


def _verify(claims: ClaimTable, path: Path, options: dict[str, Any]) -> tuple[Done, dict[str, int]]:
    """The finished verification, and the corpus' ids that are numbers."""
    from synthesis.assembly import make_tools
    from synthesis.commands.report import parse_formats
    from synthesis.jobs import Origin, deliver, run_job
    from synthesis.source_choice import Network
    from synthesis.verifications import REMOTE_CLAIMS, verification_of

    formats = parse_formats(options["formats"]) if options["formats"] else ()
    home = open_home(options["home"])
    config = make_config(
        options["config"],
        {
            "verdicts": {"risk": options["risk"]},
            "report": {"language": options["report_language"]},
            "papers": {"merge_versions": False if options["corpus"] else None},
            "evidence": {"remote_claims": None if options["config"] else REMOTE_CLAIMS},
        },
        filters=source_choice(options).filters,
    )
    with Network(home) as network, stage_progress(quiet=options["quiet"]) as (on_stage, on_library):
        evidence = _evidence(home, options, network, on_library)
        request = verification_of(claims, path.name, config.report.language, evidence.sentences)
        tools = make_tools(evidence.sources, options["judge"])
        done = run_job(
            home,
            request,
            tools,
            config,
            run_clock(),
            formats,
            fresh=options["fresh"],
            origin=None if options["corpus"] else Origin(choice=source_choice(options)),
            on_stage=on_stage,
        )
    # named after the table, so that a report handed in is never overwritten
    beside = {f"{path.stem}.{name}": data for name, data in done.outputs.items()}
    deliver(done._replace(outputs=beside), (options["out"] or path).parent)
    return done, evidence.original_ids


def _evidence(home: Home, options: dict[str, Any], network: Network, on_library: Any) -> _Evidence:
    from synthesis.errors import UsageError
    from synthesis.source_choice import choose_sources

    if options["corpus"] is None:
        sources = choose_sources(home, source_choice(options), network, on_library)
        return _Evidence(sources, {}, {})
    if options["sources"] or options["libraries"]:
        raise UsageError("--corpus searches that file only; leave out --source and --library.")
    from synthesis.reading.corpus import original_ids, read_corpus
    from synthesis.reading.problems import Rejections
    from synthesis.sources.corpus import CorpusSource

    path: Path = options["corpus"]
    rejections = Rejections()
    papers, sentences = read_corpus(path, rejections=rejections)
    dropped = ", ".join(f"{count} {reason}" for reason, count in sorted(rejections.counts.items()))
    note = f"lines left out: {dropped}" if dropped else None
    if note:
        click.echo(f"{path}: {note}.", err=True)
    return _Evidence([CorpusSource(path.name, papers, note)], sentences, original_ids(path))


def _json_lines(claims: ClaimTable, done: Done, original_ids: dict[str, int]) -> list[dict[str, Any]]:
    """A line a claim: id, label, confidence, and the evidence that takes a side (DESIGN: section 10)."""
    from synthesis.stage_results import Judged, Verdicts
    from synthesis.tables import given_ids

    run = done.run
    verdicts = run.stage("verdicts", Verdicts, _never).verdicts
    evidence = run.stage("evidence", Judged, _never).evidence
    return [
        _json_line(
            given,
            verdict,
            [e for e in evidence if e.claim_id == verdict.claim_id],
            original_ids,
        )
        for given, verdict in zip(given_ids(claims), verdicts, strict=True)
    ]


def _never() -> Any:
    raise AssertionError("the run is complete, so its stages are read back")


def _json_line(
    claim_id: str | int, verdict: Verdict, evidence: list[Evidence], original_ids: dict[str, int]
) -> dict[str, Any]:
    from synthesis.records import Stance

    sided = [e for e in evidence if e.stance is not Stance.NEITHER]
    leaning: Label | None = verdict.leaning
    return {
        "id": claim_id,
        "label": verdict.label.value,
        "confidence": verdict.confidence,
        "leaning": leaning.value if leaning else None,
        "evidence": [
            {
                "doc_id": original_ids.get(e.paper_id, e.paper_id),
                "sentences": list(e.sentences),
                "stance": e.stance.value,
                "confidence": e.confidence,
                "start": e.quote.start,
                "end": e.quote.end,
                "quote": e.quote.text,
            }
            for e in sorted(sided, key=lambda e: (-e.confidence, e.rank))
        ],
    }


def _print_summary(report: Report, paths: list[Path]) -> None:
    for statement in report.results:
        click.echo(statement.text)
    for lost in report.methodology.lost:
        click.echo(f"Not searched: {lost}")
    for path in paths:
        click.echo(str(path))
