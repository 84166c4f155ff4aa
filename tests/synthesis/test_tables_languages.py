"""Reports in every language that the form speaks are read back: the same claims, marks and confidences."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from report_factory import example_report
from small_tools import PAPERS, QUESTION, MemorySource, make_small_tools

from synthesis.config import Config, ReportConfig
from synthesis.jobs import RunClock, make_request, run_job
from synthesis.records import Label
from synthesis.rendering import render
from synthesis.rendering.text import one_line
from synthesis.store import Home
from synthesis.tables import read_claims, write_verified
from synthesis.tables.blocks import find_question, section_name
from synthesis.tables.columns import is_claim_header
from synthesis.wording import LANGUAGES, say, speaking

if TYPE_CHECKING:
    from pathlib import Path

    from synthesis.records import Report
    from synthesis.tables import ClaimTable

CLOCK = RunClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC), pinned=True)
FORMATS = ("md", "html", "docx", "pdf", "json", "csv")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """One small report in each language."""
    reports = {}
    for language in LANGUAGES:
        sources = (MemorySource("memory", PAPERS),)
        home = Home(tmp_path_factory.mktemp("home")).prepare()
        request = make_request(QUESTION, sources)
        config = Config(report=ReportConfig(language=language))
        reports[language] = run_job(home, request, make_small_tools(sources), config, CLOCK, ()).report
    return reports


def _stated(report: Report) -> list[tuple[str, bool, float]]:
    return [(one_line(c.text), c.verified, round(c.confidence, 2)) for c in report.claims]


def _shown(table: ClaimTable) -> list[tuple[str, bool | None, float]]:
    return [(one_line(r.text), r.verified, round(r.confidence or 0.0, 2)) for r in table.rows]


def _check(table: ClaimTable, report: Report, fmt: str) -> None:
    assert _shown(table) == _stated(report)
    if fmt != "csv":
        assert (table.kind, table.title) == ("report", one_line(report.title))
        assert len(table.references) == len(report.references)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fmt", FORMATS)
def test_a_report_reads_back_in_any_language(
    told: dict[str, Report], tmp_path: Path, language: str, fmt: str
) -> None:
    """Claims, verdicts, title, question and references come back from each format, whatever the form speaks."""
    report = told[language]
    path = tmp_path / f"report.{fmt}"
    path.write_bytes(render(report, fmt))
    table = read_claims(path)
    _check(table, report, fmt)
    if fmt != "csv":
        assert table.question == report.question


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fmt", ["md", "html", "docx"])
def test_a_rich_report_is_not_mistaken_in_any_language(tmp_path: Path, language: str, fmt: str) -> None:
    """Coverage, changes, revisions and load-bearing papers stand in tables too; the claims' table is still the one."""
    report = example_report().model_copy(update={"language": language})
    path = tmp_path / f"report.{fmt}"
    path.write_bytes(render(report, fmt))
    _check(read_claims(path), report, fmt)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_as_text_is_verified_in_any_language(
    told: dict[str, Report], tmp_path: Path, language: str
) -> None:
    """The text pulled from a report comes back as one in the language asked for, and is read again."""
    report = told[language]
    markdown = tmp_path / "report.md"
    markdown.write_bytes(render(report, "md"))
    table = read_claims(markdown).model_copy(update={"format": "text"})
    path = tmp_path / "report.txt"
    path.write_bytes(write_verified(table, report))
    again = read_claims(path)
    assert again.format == "text"
    _check(again, report, "txt")
    assert again.question == report.question


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_come_back_in_their_own_words(told: dict[str, Report], tmp_path: Path, language: str) -> None:
    """What a report's table said before is kept as it was said."""
    path = tmp_path / "report.md"
    path.write_bytes(render(told[language], "md"))
    labels = {row.label for row in read_claims(path).rows}
    assert labels
    with speaking(language):
        known = {say("Supported"), say("Refuted"), say("Conflicting"), say("Not enough info")}
    assert labels <= known
    assert len(known) == len(Label)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_claims_table_has_the_head_of_claims(language: str) -> None:
    """No head of another table of the form is taken for that of the claims, in any language."""
    others = (
        lambda: (say("Verdict on"), say("Before"), say("After"), say("Because of")),
        lambda: (say("Asked"), say("Covered"), say("Papers on it"), say("Claims on it"), say("References")),
        lambda: (say("Paper"), say("Verdict on"), say("Now"), say("Without it")),
        lambda: (say("Round"), say("Found"), say("Found by"), say("What was done"), say("Mended")),
        lambda: (say("Paper"), say("System"), say("Value"), say("Relation"), say("Quote")),
        lambda: (say("Dimension"), say("Sceptic"), say("Mean"), say("Weight")),
        lambda: (say("Bin"), say("Claims"), say("Mean confidence"), say("Accuracy")),
        lambda: (say("Query"), say("Origin"), say("Database"), say("Retrieved"), say("Held"), say("Remark")),
        lambda: (say("Step"), say("Papers"), say("Field"), say("Value"), say("Measure")),
    )
    with speaking(language):
        assert is_claim_header((say("Claim"), say("Verified"), say("Confidence"), say("Label")))
        for heads in others:
            # "Claims" heads a column of counts too, and is a name of the claims' column since the first tables
            assert not is_claim_header([head for head in heads() if head != say("Claims")]), heads()


def test_headings_and_questions_are_known_in_every_language() -> None:
    """A heading is compared without its number; the question is what follows the form's words for it."""
    for language in LANGUAGES:
        with speaking(language):
            assert (
                find_question(say("Research question: {question}", question="Does it help?"))
                == "Does it help?"
            )
            assert section_name(f"5 {say('Extracted Claims')}") == section_name(say("Extracted Claims"))
    assert find_question("Kein Fragesatz.") is None
