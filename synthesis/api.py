"""The three jobs as functions: ``report``, ``verify``, ``extract_claims``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthesis.assembly import make_tools
from synthesis.claims import extract_claims as extract_from_passages
from synthesis.config import Config, ReportConfig
from synthesis.errors import UsageError
from synthesis.extraction import RuleExtractor
from synthesis.jobs import Origin, RunClock, make_request, make_verification, run_job
from synthesis.measurements import read_measurement
from synthesis.passages import split_papers
from synthesis.reading.corpus import corpus_papers, is_corpus_record, read_corpus
from synthesis.reading.json_objects import iterate_objects
from synthesis.reading.metadata import without_surrogates
from synthesis.reading.problems import Rejections
from synthesis.records import Claim, Label, Paper, Record, Section, Stance
from synthesis.source_choice import Network, SourceChoice, choose_full_texts, choose_sources
from synthesis.sources.corpus import CorpusSource
from synthesis.stage_results import Judged, Verdicts
from synthesis.store import Home
from synthesis.wording import check_language, speaking

if TYPE_CHECKING:
    from synthesis.protocols import Source
    from synthesis.records import Evidence, Report, Span, Verdict


_CORPUS_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".jsonl.xz", ".json")


class EvidenceSentence(Record):
    """Words of a document that take a side on a claim; ``start`` and ``end`` point into its text."""

    doc_id: str
    sentence: str
    sentences: tuple[int, ...]  # indices of the sentences in the document, from 0
    start: int
    end: int
    stance: Stance
    score: float  # calibrated probability of the stance


class ClaimVerdict(Record):
    """What a corpus says of a claim."""

    claim: str
    label: Label
    confidence: float  # calibrated probability that the label is right
    leaning: Label | None  # what an abstaining verdict leaned to
    evidence: tuple[EvidenceSentence, ...]


def report(
    question: str,
    *,
    libraries: Iterable[str | Path] = (),
    sources: Iterable[str] = (),
    papers: Iterable[str] = (),
    home: str | Path | None = None,
    config: Config | None = None,
    clock: datetime | None = None,
    offline: bool = False,
    appendices: Iterable[str | Path] = (),
    language: str | None = None,
) -> Report:
    """Answer a research question from libraries (paths) and sources (names).

    The run is kept under ``home``, as with the command line. ``appendices`` are files ``result.json`` of
    ``retrieval-core experiment``, which the report shows as measured here. ``language`` is the code of the language of
    the report's own words, in place of that of ``config``.

    Raises:
        SynthesisError: an input that cannot be used; see ``synthesis.errors``.
    """
    store = (Home(Path(home)) if home else Home.default()).prepare()
    if any(isinstance(names, str) for names in (sources, libraries, papers, appendices)):
        raise UsageError("sources, libraries, papers and appendices are lists; put the one name into a list.")
    settings = _speaking(config or Config(), language)
    with speaking(settings.report.language):
        measurements = [read_measurement(Path(p)) for p in appendices]
    choice = SourceChoice(
        names=tuple(sources),
        libraries=tuple(str(Path(path).resolve()) for path in libraries),
        offline=offline,
        filters=settings.papers.filters,
    )
    time = RunClock(clock, pinned=True) if clock else RunClock(datetime.now(UTC))
    with Network(store) as network:
        chosen = choose_sources(store, choice, network)
        request = make_request(question, chosen, list(papers), measurements=measurements)
        tools = make_tools(chosen, full_texts=choose_full_texts(choice, chosen, network))
        return run_job(store, request, tools, settings, time, (), origin=Origin(choice=choice)).report


def _speaking(config: Config, language: str | None) -> Config:
    spoken = check_language(language or config.report.language)
    return config.model_copy(update={"report": ReportConfig(language=spoken)})


def verify(
    claims: Iterable[str],
    corpus: str | Path | Iterable[Any],
    *,
    config: Config | None = None,
) -> list[ClaimVerdict]:
    """Verify claims against a corpus: documents (``doc_id``, ``text``, ``title``), a corpus file, or a library.

    ``corpus`` may be an iterable of ``retrieval_core.Document`` or of mappings with ``doc_id`` and ``text`` or
    ``abstract`` (a list of sentences), a JSONL file of such mappings, or a path that ``--library`` takes.

    Raises:
        SynthesisError: a corpus that cannot be read, or no claim.
    """
    if isinstance(claims, str):
        raise UsageError("claims is one text; give a list of claims.")
    handed_in = list(claims)
    settings = config or Config()
    settings = settings.model_copy(
        update={"papers": settings.papers.model_copy(update={"merge_versions": False})}
    )
    with tempfile.TemporaryDirectory(prefix="synthesis-verify-") as folder:
        home = Home(Path(folder)).prepare()
        sources, sentences = _open_corpus(home, corpus)
        request = make_verification(handed_in, "Verification", sentences=sentences)
        done = run_job(home, request, make_tools(sources), settings, RunClock(datetime.now(UTC)), ())
        verdicts = done.run.stage("verdicts", Verdicts, _never).verdicts
        evidence = done.run.stage("evidence", Judged, _never).evidence
    return [
        _claim_verdict(claim, verdict, [e for e in evidence if e.claim_id == verdict.claim_id])
        for claim, verdict in zip(handed_in, verdicts, strict=True)
    ]


def _never() -> Any:
    raise AssertionError("the run is complete, so its stages are read back")


def _open_corpus(
    home: Home, corpus: str | Path | Iterable[Any]
) -> tuple[list[Source], dict[str, tuple[Span, ...]]]:
    if isinstance(corpus, str | Path):
        path = Path(corpus)
        if not _is_corpus(path):
            choice = SourceChoice(libraries=(str(path),), offline=True)
            with Network(home) as network:
                return choose_sources(home, choice, network), {}
        papers, sentences = read_corpus(path)
    else:
        papers, sentences = corpus_papers(_as_mapping(document) for document in corpus)
    return [CorpusSource("corpus", papers)], sentences


def _is_corpus(path: Path) -> bool:
    """Whether a file's first record is of the corpus form; anything else is taken as a library."""
    if path.is_dir() or not path.name.lower().endswith(_CORPUS_SUFFIXES):
        return False
    first = next(iter(iterate_objects(path, Rejections())), None)
    if first is None:  # a damaged corpus, or the one list of a CSL-JSON export
        return not path.name.lower().endswith(".json")
    return is_corpus_record(first[1])


def _as_mapping(document: Any) -> dict[str, Any]:
    if isinstance(document, Mapping):
        return dict(document)
    if not hasattr(document, "doc_id"):
        raise UsageError(
            f"a document of the corpus is {type(document).__name__}: {str(document)[:80]!r}. Give mappings with doc_id "
            "and text or abstract, or retrieval_core.Document."
        )
    return {"doc_id": document.doc_id, "title": document.title, "text": document.text}


def _claim_verdict(claim: str, verdict: Verdict, evidence: list[Evidence]) -> ClaimVerdict:
    sided = sorted(
        (e for e in evidence if e.stance is not Stance.NEITHER), key=lambda e: (-e.confidence, e.rank)
    )
    return ClaimVerdict(
        claim=claim,
        label=verdict.label,
        confidence=verdict.confidence,
        leaning=verdict.leaning,
        evidence=tuple(
            EvidenceSentence(
                doc_id=e.paper_id,
                sentence=e.quote.text,
                sentences=e.sentences,
                start=e.quote.start,
                end=e.quote.end,
                stance=e.stance,
                score=e.confidence,
            )
            for e in sided
        ),
    )


def extract_claims(
    text_or_paper: str | Paper, *, question: str = "", config: Config | None = None
) -> list[Claim]:
    """The checkable sentences of a text or a paper, in reading order, with offsets."""
    settings = config or Config()
    paper = text_or_paper if isinstance(text_or_paper, Paper) else _paper_of(text_or_paper)
    passages = split_papers([paper], settings.passages)
    extracted = extract_from_passages(
        question, {paper.paper_id: paper}, passages, RuleExtractor(), settings.claims
    )
    return list(extracted.claims)


def _paper_of(text: str) -> Paper:
    section = Section(title="Text", text=without_surrogates(text))
    return Paper(paper_id="text", title="", source="text", sections=(section,))
