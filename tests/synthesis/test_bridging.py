"""The question read in other languages."""

from datetime import UTC, datetime

import numpy as np
import pytest
from small_tools import make_small_tools

from synthesis.bridging import MAX_PHRASES, read_question, reading_queries, reading_topics
from synthesis.config import Config
from synthesis.jobs import RunClock, make_request, run_job
from synthesis.records import Reading
from synthesis.retrieval import CoreMeaning
from synthesis.sources.local import LocalLibrary
from synthesis.stage_results import Reviewed
from synthesis.store import Home

QUESTION = "¿Mejora el entrenamiento con lotes híbridos la recuperación de información multilingüe?"
TITLES = (
    "Hybrid batches for multilingual retrieval",
    "Training hybrid batches",
    "Multilingual information retrieval",
    "Rain in spring",
    "Sea ice and albedo",
)


@pytest.fixture(scope="module")
def meaning():
    """The embedded encoder."""
    return CoreMeaning()


@pytest.fixture
def library(tmp_path):
    """A library of five papers in English."""
    rows = "".join(
        f'{{"id": "2401.{i:05}", "title": "{t}", "abstract": "{t}. We measure how {t.lower()} change results."}}\n'
        for i, t in enumerate(TITLES)
    )
    (tmp_path / "papers.jsonl").write_text(rows, encoding="utf-8")
    with LocalLibrary.create(tmp_path / "lib", "mine") as made:
        made.add_path(tmp_path / "papers.jsonl")
        yield made


def test_the_nearest_titles_come_first_in_whatever_language(library, meaning):
    """A question in Spanish finds the English titles about its topic before the others."""
    found = [p.title for p in library.search_meaning(QUESTION, 5, meaning).papers]
    assert set(found) == set(TITLES)
    assert set(found[3:]) == {"Rain in spring", "Sea ice and albedo"}


def test_a_reading_is_made_of_phrases_of_the_titles(library, meaning):
    """Every phrase of a reading stands in a title of its language, and there are few of them."""
    papers = library.search_meaning(QUESTION, 5, meaning).papers
    (reading,) = read_question(QUESTION, papers, meaning).readings
    assert reading.language == "en"
    assert 0 < len(reading.phrases) <= MAX_PHRASES
    assert all(any(phrase.casefold() in title.casefold() for title in TITLES) for phrase in reading.phrases)


def test_titles_in_the_own_language_give_no_reading(library, meaning):
    """An English question over English papers is not read again."""
    papers = library.search_meaning("Hybrid batches in retrieval", 5, meaning).papers
    assert read_question("Do hybrid batches improve retrieval?", papers, meaning).readings == ()


def test_further_phrases_bring_the_reading_nearer(meaning):
    """The cosine that is stated is that of the phrases' weighted sum with the question."""
    from small_tools import make_paper

    papers = [make_paper(f"p{i}", title, "") for i, title in enumerate(TITLES)]
    (reading,) = read_question(QUESTION, papers, meaning).readings
    vectors = meaning.vectors(reading.phrases) * np.sqrt([[len(p.split())] for p in reading.phrases])
    total = vectors.sum(axis=0)
    cosine = total @ meaning.vectors([QUESTION])[0] / np.linalg.norm(total)
    assert reading.similarity == pytest.approx(cosine, abs=0.02)  # in 8 bits a batch decides the rounding


def test_queries_and_topics_hold_the_phrases():
    """All phrases are searched for together and each alone, and are the reading's topic."""
    reading = Reading(language="en", phrases=("hybrid batches", "retrieval"), similarity=0.6)
    texts = [query.text for query in reading_queries([reading])]
    assert texts == ["hybrid batches retrieval", "hybrid batches", "retrieval"]
    assert [list(topic) for topic in reading_topics([reading])] == [["hybrid batches", "retrieval"]]


def test_a_question_in_another_language_is_answered(tmp_path, library, meaning):
    """A report on a question in Spanish examines the English paper it is about, and names no paper off its topic."""
    from dataclasses import replace

    tools = replace(make_small_tools((library,)), meaning=meaning)
    request = make_request(QUESTION, tools.sources)
    home = Home(tmp_path / "home").prepare()
    done = run_job(home, request, tools, Config(), RunClock(datetime(2026, 11, 21, tzinfo=UTC)), ())
    draft = done.run.stage("review", Reviewed, lambda: None).draft
    titles = {p.paper.title for p in draft.papers if p.role != "evidence"}
    assert titles
    assert titles <= set(TITLES[:3])
    assert any(query.origin == "reading" for query in done.report.methodology.queries)
