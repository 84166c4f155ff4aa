"""Question → queries: the question itself, its key phrases, acronym and hyphen variants.

Key phrases are the runs of words between function words and the scaffolding of a question ("what is the
impact of", "when evaluated using"), after RAKE (Rose et al. 2010, Automatic Keyword Extraction from
Individual Documents). A phrase weighs more when it holds names, acronyms or compounds.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import regex

from synthesis.names import WORD, is_measure, is_name
from synthesis.records import SearchQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.config import QueryConfig
    from synthesis.records import Paper

_WORD = regex.compile(rf"{WORD}(?:[-@+.'’]{WORD})*|[^\p{{L}}\p{{N}}\s]")

# English function words, and words that shape a question without saying what it is about.
_FUNCTION_WORDS = frozenset(
    """a about above after again against all also although am among an and any are as at be because been before
    being below between both but by can could did do does doing down during each either else etc few for from
    further had has have having he her here hers him his how i if in into is it its itself just may me might
    more most much must my no nor not of off on once only or other our ours out over own per same shall she
    should so some such than that the their theirs them then there these they this those through to too under
    until up upon us very via vs was we were what when where whether which while who whom whose why will with
    within without would you your yours""".split()
)
_SCAFFOLD_WORDS = frozenset(
    """accuracy across affect affects affected amount amounts approach approaches based benefit benefits better
    cause causes compare compared compares comparison context decrease decreases differ different difference
    effect effects enable enables evaluate evaluated evaluating evaluation examine extent given help helps higher
    hurt hurts impact impacts improve improves improved incorporate incorporating increase increases increasing
    influence influences investigate investigates larger lead leads level levels lower lowers measure measured
    metric metrics number numbers one outperform outperforms particular perform performance performs performed
    play plays prevent prevents progressively proportion proportions question raise raises rate rates reduce
    reduced reduces regard regarding relate related respect result results role scale scales scaling score scores
    significantly smaller specific strategies strategy study term terms use used useful uses using vary varying
    well work works worse""".split()
)

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


def is_english(question: str) -> bool:
    """Whether a question holds a function word of English; in other languages phrases cannot be cut out."""
    words = _WORD.findall(question.casefold())
    return any(word in _FUNCTION_WORDS for word in words)


def key_phrases(question: str) -> list[str]:
    """The question's phrases, heaviest first; ties in the order of the question.

    >>> key_phrases("What is the impact of hybrid batch training on MIRACL?")
    ['hybrid batch training', 'MIRACL']
    """
    phrases: list[list[str]] = [[]]
    for word in _WORD.findall(unicodedata.normalize("NFC", question)):
        bare = re.sub(r"['’]s$", "", word)
        if not bare[0].isalnum() or bare.casefold() in _FUNCTION_WORDS | _SCAFFOLD_WORDS:
            phrases.append([])
        else:
            phrases[-1].append(bare)
    unique = dict.fromkeys(" ".join(words) for words in phrases if words)
    return sorted(unique, key=phrase_weight, reverse=True)


def topic_phrases(question: str) -> dict[str, float]:
    """What the question is about: its key phrases without names of measures, each with its weight.

    >>> topic_phrases("Does hybrid batch training raise recall@k on MIRACL?")
    {'hybrid batch training': 3.0, 'MIRACL': 2.0}
    """
    phrases = {}
    for phrase in key_phrases(question):
        about = " ".join(word for word in phrase.split() if not is_measure(word))
        if about:
            phrases[about] = phrase_weight(about)
    return phrases


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


def phrase_weight(phrase: str) -> float:
    """How much a phrase says: a name 2, a compound 1.5, a plain word 1; the four heaviest words count."""
    weights = sorted((2.0 if is_name(w) else 1.5 if "-" in w else 1.0 for w in phrase.split()), reverse=True)
    return sum(weights[:4])


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
