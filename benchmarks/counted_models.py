"""The embedded models, which count what they compute; what is recalled never reaches them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from synthesis.assembly import make_tools
from synthesis.extraction import TrainedExtractor
from synthesis.retrieval import CoreTagger, HybridRanker, JudgedRanker, TextEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from synthesis.extraction import SentenceRoles
    from synthesis.protocols import Judge, Source
    from synthesis.records import Passage
    from synthesis.request import Tools


@dataclass
class Counts:
    """What the models computed."""

    made: Counter[str] = field(default_factory=Counter)

    def tools(self, sources: Sequence[Source]) -> Tools:
        """The embedded tools, counted."""
        plain = make_tools(sources)
        judge = _Judge(plain.judge, self.made)
        base = _Ranker(_Encoder("current", self.made), self.made)
        return replace(
            plain,
            judge=judge,
            ranker=JudgedRanker(base, judge),
            extractor=TrainedExtractor(_Tagger(self.made)),
        )


class _Judge:
    def __init__(self, judge: Judge, made: Counter[str]) -> None:
        self._judge, self._made, self._seen = judge, made, set[tuple[str, str]]()
        self.fingerprint = judge.fingerprint

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """A pair counts once a run: the judge itself remembers what it read last."""
        self._made["pairs judged"] += len(set(pairs) - self._seen)
        self._seen |= set(pairs)
        return self._judge.score(pairs)

    def rationale(self, claim: str, sentences: Sequence[str]) -> list[int]:
        """Each sentence is read alone."""
        self._made["sentences read alone"] += len(sentences)
        return self._judge.rationale(claim, sentences)

    def notes(self, claim: str, evidence: str) -> list[str]:
        """As the judge's."""
        return self._judge.notes(claim, evidence)


class _Encoder(TextEncoder):
    def __init__(self, where: str, made: Counter[str]) -> None:
        super().__init__(where)
        self._made = made

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Counted."""
        self._made["texts encoded"] += len(texts)
        return super().encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Counted."""
        self._made["texts encoded"] += len(texts)
        return super().encode_documents(texts)


class _Ranker(HybridRanker):
    def __init__(self, encoder: TextEncoder, made: Counter[str]) -> None:
        super().__init__(encoder=encoder)
        self._made = made

    def remembering(self, memory: Any) -> _Ranker:
        """Counted as well."""
        return _Ranker(memory.encoder(self._encoder), self._made)

    def rank(
        self, queries: Sequence[str], passages: Sequence[Passage], k: int
    ) -> list[list[tuple[int, float]]]:
        """A passage counts once a query."""
        self._made["passages ranked"] += len(queries) * len(passages)
        return super().rank(queries, passages, k)


class _Tagger(CoreTagger):
    def __init__(self, made: Counter[str]) -> None:
        super().__init__()
        self._made = made

    def tag(self, sentences: Sequence[str]) -> list[SentenceRoles]:
        """Counted by the sentence."""
        self._made["sentences tagged"] += len(sentences)
        return super().tag(sentences)
