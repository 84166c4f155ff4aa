"""The appendices of a DOCX report: search, flow of papers, calibration, provenance, measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.docx_text import Column, form_words
from synthesis.rendering.layout import counted
from synthesis.terms import origin_words, reason_words, source_words
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.records import Calibration, Flow, Measurement, Methodology, Report, SearchLogEntry
    from synthesis.rendering.docx_text import Element
    from synthesis.rendering.docx_writer import Writer

_NARROWEST, _WIDEST = 4, 36  # of a measurement's column: characters that it is made for


def appendix(writer: Writer) -> Iterator[Element]:
    """What makes the report checkable."""
    report = writer.report
    yield _heading("A", say("Search"))
    yield from _search(writer, report.methodology)
    yield _heading("B", say("Flow of papers (PRISMA 2020)"))
    flow = [Column(say("Step"), 4), Column(say("Papers"), 1, "TableNumber")]
    yield from writer.table(say("Papers per step."), flow, _flow_rows(report.methodology.flow))
    yield _heading("C", say("Calibration"))
    yield from _calibration(writer, report.calibration)
    yield _heading("D", say("Provenance"))
    facts = [Column(say("Field"), 1), Column(say("Value"), 3)]
    yield from writer.table(say("What a replay needs to know."), facts, _provenance_rows(report))
    if report.measurements:
        yield _heading("E", say("Measured here"))
    for measurement in report.measurements:
        yield form_words("BodyText", measurement.note)
        yield from writer.table(measurement.title, _shared_out(measurement), measurement.rows)


def _heading(letter: str, title: str) -> Element:
    return form_words("heading1", f"{say('Appendix {letter}', letter=letter)} {title}")


def _search(writer: Writer, methodology: Methodology) -> Iterator[Element]:
    if methodology.queries:
        columns = [Column(say("Query"), 4), Column(say("Origin"), 1)]
        rows = [(query.text, origin_words(query.origin)) for query in methodology.queries]
        yield from writer.table(say("Queries."), columns, rows)
    if methodology.log:
        columns = [
            Column(say("Database"), 15),
            Column(say("Query"), 38),
            Column(say("Retrieved"), 14, "TableNumber"),
            Column(say("Held"), 10, "TableNumber"),
            Column(say("Remark"), 28),
        ]
        yield from writer.table(say("What each database answered."), columns, map(_log_row, methodology.log))


def _log_row(entry: SearchLogEntry) -> Sequence[str]:
    failed = f"{say('failed:')} {entry.error}" if entry.error else ""
    return (
        source_words(entry.source),
        entry.query,
        counted(entry.retrieved),
        "–" if entry.total is None else counted(entry.total),
        "; ".join(filter(None, (failed, entry.note))),
    )


def _flow_rows(flow: Flow) -> list[tuple[str, str]]:
    """Papers per step, in PRISMA 2020 terms."""
    return [
        (say("Identified"), counted(sum(flow.identified.values()))),
        *(
            (say("– from {source}", source=source_words(source)), counted(n))
            for source, n in flow.identified.items()
        ),
        (say("Duplicates removed"), counted(flow.duplicates_removed)),
        (say("Screened"), counted(flow.screened)),
        (say("Excluded"), counted(sum(flow.excluded.values()))),
        *((f"– {reason_words(reason)}", counted(n)) for reason, n in flow.excluded.items()),
        (say("Included"), counted(flow.included)),
    ]


def _calibration(writer: Writer, calibration: Calibration) -> Iterator[Element]:
    columns = [Column(say("Measure"), 1), Column(say("Value"), 2)]
    yield from writer.table(say("How well confidences matched the truth."), columns, _measures(calibration))
    if calibration.bins:
        names = (say("Bin"), say("Claims"), say("Mean confidence"), say("Accuracy"))
        bins = [
            (str(number), counted(b.n), f"{b.mean_confidence:.3f}", f"{b.accuracy:.3f}")
            for number, b in enumerate(calibration.bins, start=1)
        ]
        columns = [Column(name, 1, "TableNumber") for name in names]
        yield from writer.table(say("The bins of the reliability diagram."), columns, bins)


def _measures(calibration: Calibration) -> list[tuple[str, str]]:
    measured_on = say_n(
        "{data} ({count} claim)",
        "{data} ({count} claims)",
        calibration.n,
        data=calibration.measured_on,
        count=counted(calibration.n),
    )
    threshold = calibration.threshold
    return [
        (say("Judge and calibrator"), calibration.model),
        (say("Fitted on"), calibration.fitted_on),
        (say("Measured on"), measured_on),
        (say("ECE"), f"{calibration.ece:.3f}"),
        (say("Brier score"), f"{calibration.brier:.3f}"),
        (say("Accepted risk"), f"{calibration.risk:.0%}"),
        (say("Threshold"), say("none reaches the risk") if threshold is None else f"{threshold:.2f}"),
    ]


def _provenance_rows(report: Report) -> list[tuple[str, str]]:
    """What a replay needs to know."""
    provenance = report.provenance
    return [
        (say("Run"), provenance.run_id),
        (say("Version"), provenance.version),
        (say("Clock"), provenance.clock),
        (say("Seed"), str(provenance.seed)),
        (say("Settings (SHA-256)"), provenance.config_sha256),
        (say("Judge"), provenance.judge),
        (say("Calibrator"), provenance.calibrator),
        (say("Ranker (SHA-256)"), provenance.ranker),
        (say("Form"), report.form),
    ]


def _shared_out(measurement: Measurement) -> list[Column]:
    """The columns, each as wide as its longest cell asks for, within bounds."""
    cells = zip(measurement.columns, *measurement.rows, strict=True)
    shares = [min(max(map(len, column), default=0), _WIDEST) + _NARROWEST for column in cells]
    return [Column(name, share) for name, share in zip(measurement.columns, shares, strict=True)]
