"""Every setting of a run, typed, with the same name in the file, the flag and here."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from synthesis.errors import InputFileError
from synthesis.records import Filters, Record, text_sha256

if TYPE_CHECKING:
    from pathlib import Path


class QueryConfig(Record):
    """Question → queries."""

    max_queries: int = Field(default=10, ge=1, le=50)
    remote_queries: int = Field(default=3, ge=1, le=50, description="queries sent to each remote source")


class PaperConfig(Record):
    """Queries → papers."""

    per_query: int = Field(default=100, ge=1, le=1000, description="papers asked of a source per query")
    max_papers: int = Field(default=20, ge=1, le=500, description="papers kept after screening")
    max_examined: int = Field(default=3, ge=1, le=20, description="best matches examined without --paper")
    merge_versions: bool = Field(
        default=True, description="merge versions of a work; off for a labelled corpus"
    )
    min_relevance: float = Field(
        default=0.3, ge=0, le=1, description="share of the question's weight a paper must cover"
    )
    cited: int = Field(
        default=25,
        ge=0,
        le=1000,
        description="works asked for that an examined paper cites, and that cite it",
    )
    full_texts: int = Field(
        default=20,
        ge=0,
        le=500,
        description="papers whose full text is fetched where a copy is open; 0: none",
    )
    filters: Filters = Filters()


class PassageConfig(Record):
    """Papers → passages."""

    max_chars: int = Field(
        default=1600, ge=200, le=20000, description="a longer section is cut between sentences"
    )


class ClaimConfig(Record):
    """Passages → claims."""

    max_claims: int = Field(default=12, ge=1, le=500)
    min_score: float = Field(default=0.2, ge=0, le=1, description="how checkable a sentence must be")
    duplicate_similarity: float = Field(default=0.8, ge=0, le=1, description="token Jaccard")


class EvidenceConfig(Record):
    """Claims → evidence."""

    papers_per_claim: int = Field(default=10, ge=0, le=1000, description="papers asked of each local source")
    remote_claims: int = Field(
        default=0, ge=0, le=200, description="claims whose own query goes to each remote source"
    )
    passages_per_claim: int = Field(default=10, ge=1, le=1000, description="passages judged for each claim")


class AnswerConfig(Record):
    """Passages and evidence → answer."""

    max_quotes: int = Field(default=5, ge=1, le=100, description="quotes in each group")
    per_paper: int = Field(default=1, ge=1, le=100, description="quotes of one paper among the others")
    min_value: float = Field(
        default=0.05, ge=0, le=1, description="share of the question covered, less what is not checkable"
    )


class VerdictConfig(Record):
    """Evidence → verdicts."""

    risk: float = Field(default=0.1, gt=0, lt=1, description="share of stated verdicts that may be wrong")


class ReportConfig(Record):
    """Records → report."""

    language: str = Field(default="en", description="of the form's own words: en, es, de, fr, zh, ar, hi")


class Config(Record):
    """All settings of a run."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    queries: QueryConfig = QueryConfig()
    papers: PaperConfig = PaperConfig()
    passages: PassageConfig = PassageConfig()
    claims: ClaimConfig = ClaimConfig()
    evidence: EvidenceConfig = EvidenceConfig()
    verdicts: VerdictConfig = VerdictConfig()
    answer: AnswerConfig = AnswerConfig()
    report: ReportConfig = ReportConfig()

    @property
    def sha256(self) -> str:
        """Hash of all settings."""
        return text_sha256(self.model_dump_json())


def load_config(path: Path) -> Config:
    """Read a TOML file of settings.

    Raises:
        InputFileError: the file is missing, not TOML, or holds a setting that does not exist.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputFileError(f"cannot read the settings file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputFileError(f"the settings file {path} is not TOML: {error}") from error
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputFileError(f"the settings file {path} holds unusable settings: {problems}") from error
