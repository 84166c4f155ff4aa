"""The demo library: readable, unique, in its own words."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path

import pytest

from synthesis.data import demo_library_path
from synthesis.extraction import RuleExtractor
from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.sentences import sentence_texts, split_sentences
from synthesis.standalone import standalone

LIBRARY = Path(__file__).parents[2].parent / "shared" / "data" / "library"
RECORDS = [json.loads(line) for line in demo_library_path().read_text(encoding="utf-8").splitlines()]
BY_ID = {record["id"]: record for record in RECORDS}
FIELDS = {"id", "title", "authors", "year", "venue", "doi", "url", "abstract"}
NGRAM = 8


def ngrams(text: str) -> set[tuple[str, ...]]:
    """Runs of words, in lower case."""
    tokens = re.findall(r"\w+", text.lower())
    return {tuple(tokens[i : i + NGRAM]) for i in range(len(tokens) - NGRAM + 1)}


def test_size_and_unique_ids():
    """Some forty records, each id and title once."""
    assert 36 <= len(RECORDS) <= 45
    assert len(BY_ID) == len(RECORDS)
    assert len({record["title"].casefold() for record in RECORDS}) == len(RECORDS)


@pytest.mark.parametrize("record", RECORDS, ids=list(BY_ID))
def test_record_is_complete(record):
    """Every record has the fields, an id of a known form, a link, and a summary of readable length."""
    assert set(record) == FIELDS
    assert parse_arxiv_id(record["id"]) or parse_acl_id(record["id"])
    assert record["doi"] is None or parse_doi(record["doi"]) == record["doi"]
    assert record["url"].startswith("https://")
    assert record["authors"]
    assert all(isinstance(author, str) and author for author in record["authors"])
    assert 2015 <= record["year"] <= 2026
    assert 60 <= len(record["abstract"].split()) <= 220


@pytest.mark.parametrize("record", RECORDS, ids=list(BY_ID))
def test_every_sentence_stands_alone(record):
    """A summary has 5–8 sentences and each can be read, and checked, by itself."""
    sentences = sentence_texts(record["abstract"], split_sentences(record["abstract"]))
    assert 5 <= len(sentences) <= 8
    assert {sentence: standalone(sentence) for sentence in sentences if standalone(sentence)} == {}


def test_the_examined_paper_yields_claims():
    """The paper of the README's example gives several claims on its question."""
    abstract = BY_ID["2408.10536"]["abstract"]
    sentences = sentence_texts(abstract, split_sentences(abstract))
    question = "Does hybrid batch training improve multilingual retrieval and reduce language bias?"
    assert sum(score >= 0.5 for score, _ in RuleExtractor().score(sentences, question)) >= 4


@pytest.mark.parametrize(
    ("fact", "papers"),
    [
        (
            r"\b11 languages\b.*|.*\b11 languages\b",
            {"2408.10536", "2020.emnlp-main.477", "2021.emnlp-main.802"},
        ),
        (r"1\.4K claims", {"2020.emnlp-main.609", "2022.findings-emnlp.347"}),
        (r"109 languages", {"2022.acl-long.62", "2023.eacl-main.138"}),
        (r"185,445 claims", {"N18-1074", "2012.00614"}),
        (r"26 languages", {"2021.tacl-1.82", "2107.11976", "2408.11942"}),
    ],
)
def test_shared_facts_are_stated_by_several_papers(fact, papers):
    """A claim of one paper can be verified by another."""
    assert papers <= {record["id"] for record in RECORDS if re.search(fact, record["abstract"])}


def test_each_record_has_its_sources_in_the_readme():
    """Every figure can be traced."""
    readme = (demo_library_path().parent / "README.md").read_text(encoding="utf-8")
    assert [i for i in BY_ID if f"| {i} |" not in readme] == []


@pytest.mark.data
@pytest.mark.skipif(not LIBRARY.exists(), reason="needs ../shared/data/library")
def test_no_words_of_the_papers_own_abstract():
    """No run of eight words is shared with the paper's own abstract."""
    checked = 0
    for path in ("acl_anthology.jsonl.xz", "arxiv_cl_ir_2025_2026.jsonl.xz", "key_papers.jsonl"):
        opener = lzma.open if path.endswith(".xz") else open
        with opener(LIBRARY / path, "rt", encoding="utf-8") as lines:
            for line in lines:
                head = line[:60].split('"')[3] if line.startswith('{"id"') else ""
                if head not in BY_ID:
                    continue
                own = json.loads(line)
                shared = ngrams(BY_ID[head]["abstract"]) & ngrams(own["abstract"] or "")
                assert {head: shared} == {head: set()}
                checked += 1
    assert checked >= 30
