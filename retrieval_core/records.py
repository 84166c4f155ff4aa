"""Records of the retrieval core: queries and documents, never papers or claims' origin."""

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """A frozen record; unknown fields are refused so that typing errors surface."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Query(Record):
    """A text that is searched for."""

    query_id: str
    text: str
    language: str | None = None


class Document(Record):
    """A text that can be found."""

    doc_id: str = Field(min_length=1)
    text: str
    title: str | None = None
    language: str | None = None


class Qrel(Record):
    """A relevance judgement (TREC): ``relevance`` > 0 means relevant."""

    query_id: str
    doc_id: str
    relevance: int


class ScoredDocument(Record):
    """One line of a run: rank counts from 1, higher score is better."""

    query_id: str
    doc_id: str
    score: float
    rank: int = Field(ge=1)


class QAPair(Record):
    """A question and a passage that answers it, to train on.

    Pairs that share ``passage_id`` answer from one passage, pairs that share ``parallel_id`` are translations of one
    another: neither may serve as the other's negative. ``answer`` is the answer's text where it is known.
    """

    pair_id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    passage: str = Field(min_length=1)
    question_language: str = Field(min_length=1)
    passage_language: str = Field(min_length=1)
    passage_id: str = Field(min_length=1)
    parallel_id: str | None = None
    answer: str | None = None

    @property
    def cross_lingual(self) -> bool:
        """Whether question and passage are in different languages."""
        return self.question_language != self.passage_language


class RetrievalSet(Record):
    """Queries, documents and judgements to evaluate on, each query and document with its language.

    ``qrels`` hold the relevant documents in every language; a setting narrows the documents. ``answers``: query_id →
    the accepted answer texts, where the source has them.
    """

    name: str
    queries: tuple[Query, ...]
    documents: tuple[Document, ...]
    qrels: tuple[Qrel, ...]
    answers: dict[str, tuple[str, ...]] = {}
