"""What a user names → the tools of the pipeline, and the papers to examine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.errors import SourceError, SourceUnavailableError, UnknownPaperError
from synthesis.extraction import TrainedExtractor
from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.reading.pdf.reader import read_pdf
from synthesis.request import Tools
from synthesis.retrieval import (
    EMBEDDED,
    CoreMeaning,
    CoreTagger,
    HybridRanker,
    JudgedRanker,
    load_calibrator,
    load_judge,
)
from synthesis.review.panel import default_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.protocols import FullTexts, Source
    from synthesis.records import Paper


def make_tools(
    sources: Sequence[Source], judge_folder: Path | None = None, full_texts: FullTexts | None = None
) -> Tools:
    """The embedded tools around some sources.

    ``judge_folder`` holds another judge with its calibrator; ``full_texts`` gets open copies.

    Raises:
        StoreError: a model is damaged, or the two do not belong together.
    """
    where = str(judge_folder) if judge_folder else EMBEDDED
    judge = load_judge(where)
    return Tools(
        sources=sources,
        extractor=TrainedExtractor(CoreTagger()),
        ranker=JudgedRanker(HybridRanker(), judge),
        judge=judge,
        calibrator=load_calibrator(judge.fingerprint, where),
        reviewers=default_panel(),
        meaning=CoreMeaning(),
        full_texts=full_texts,
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a title may be longer than a file's name can be
        return False


def find_paper(identifier: str, sources: Sequence[Source]) -> Paper:
    """The paper that ``identifier`` names: a PDF file, an arXiv id, DOI, ACL id, or title.

    Local sources are asked first.

    Raises:
        UnknownPaperError: no source knows it; the message says which were asked and which could not be.
        InputFileError: the file cannot be read.
    """
    if not (parse_arxiv_id(identifier) or parse_doi(identifier) or parse_acl_id(identifier)):
        path = Path(identifier)
        if path.suffix.lower() == ".pdf" or _is_file(path):
            return read_pdf(path)
    failed = []
    for source in sorted(sources, key=lambda s: s.remote):
        try:
            paper = source.lookup(identifier)
        except SourceError as error:
            problem = "no network" if isinstance(error, SourceUnavailableError) else str(error)
            failed.append(f"{source.name} could not be asked ({problem})")
            continue
        if paper is not None:
            return paper
    asked = ", ".join(s.name for s in sources) or "no source"
    trouble = f" {'; '.join(failed)}." if failed else ""
    if failed and len(failed) == len(sources):
        raise UnknownPaperError(
            f"the paper '{identifier}' could not be looked up:{trouble} Try again later, or give a PDF file."
        )
    raise UnknownPaperError(
        f"no source knows the paper '{identifier}' (asked: {asked}).{trouble} Give an arXiv id (2408.10536), a "
        "DOI, an ACL Anthology id, the exact title, or a PDF file; add more papers with --library PATH."
    )
