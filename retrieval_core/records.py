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
