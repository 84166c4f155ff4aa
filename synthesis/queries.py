"""Question → queries: the question itself, its key phrases, acronym and hyphen variants.

Which phrases a question holds and what they weigh is told by ``phrases``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.names import is_measure, is_name
from synthesis.phrases import key_phrases
from synthesis.records import SearchQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.config import QueryConfig
    from synthesis.records import Paper

# Acronyms of this tool's field that papers as often spell out; the expansion is searched beside the acronym.
_EXPANSIONS = {
    "CLIR": "cross-lingual information retrieval",
    "EM": "exact match",
    "IR": "information retrieval",
    "LLM": "large language model",
    "LLMs": "large language models",
    "mAP": "mean average precision",
    "MLIR": "multilingual information retrieval",
    "MRR": "mean reciprocal rank",
    "MT": "machine translation",
    "NER": "named entity recognition",
    "NLI": "natural language inference",
    "NLP": "natural language processing",
    "PLM": "pre-trained language model",
    "QA": "question answering",
    "RAG": "retrieval-augmented generation",
    "RCT": "randomised controlled trial",
}


def examined_queries(papers: Sequence[Paper]) -> list[SearchQuery]:
    """Search for papers like the examined ones: by title (which remote sources take too) and by abstract."""
    queries = [SearchQuery(text=p.title, origin="examined title") for p in papers if p.title.strip()]
    texts = (p.abstract or (p.sections[0].text if p.sections else "") for p in papers)
    return queries + [SearchQuery(text=text, origin="examined abstract") for text in texts if text.strip()]


def _stands_alone(phrase: str) -> bool:
    """Whether a phrase makes a query of its own: several words, or the name of something searched for."""
    if " " in phrase:
        return True
    return is_name(phrase) and not is_measure(phrase)


def _variants(phrase: str) -> Iterable[str]:
    """Other spellings: hyphens closed or opened, acronyms written out."""
    if "-" in phrase:
        yield phrase.replace("-", " ")
        yield phrase.replace("-", "")
    words = phrase.split()
    expanded = [_EXPANSIONS.get(w, w) for w in words]
    if expanded != words:
        yield " ".join(expanded)


def expand_question(question: str, config: QueryConfig) -> list[SearchQuery]:
    """The queries for a question, most specific first, each text once.

    Remote sources take the first few, so the order is: the question, all its phrases together, the single
    phrases by weight, the variants.
    """
    phrases = key_phrases(question)
    queries = [SearchQuery(text=question.strip(), origin="question")]
    if phrases:
        queries.append(SearchQuery(text=" ".join(phrases), origin="key phrases"))
    queries += [SearchQuery(text=p, origin="key phrase") for p in phrases if _stands_alone(p)]
    queries += [SearchQuery(text=v, origin="variant") for p in phrases for v in _variants(p)]
    unique: dict[str, SearchQuery] = {}
    for query in queries:
        unique.setdefault(query.text.casefold(), query)
    return list(unique.values())[: config.max_queries]
