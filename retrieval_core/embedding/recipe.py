"""What the embedded encoder is trained on and how: every number of it, in one file that is read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from retrieval_core.embedding.files import PartWeights
from retrieval_core.errors import InputError
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES = 1 << 20
SHIPPED = Path(__file__).with_name("recipe.json")


class ContextualRecipe(Record):
    """Translation contrast: the text of another language against the frozen vector of its English side."""

    rows: dict[str, int]  # file → most rows of it in one language
    share_of_others: float = Field(gt=0, le=1)  # of those rows, for languages that are not ``evaluated``
    max_pieces: int = Field(ge=8, le=256)
    batch_size: int = Field(ge=2)
    steps: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    temperature: float = Field(gt=0)
    cosine_weight: float = Field(ge=0)


class BodyRecipe(Record):
    """The same contrast with the body trained too, English texts to keep English in place, and questions.

    ``english`` and ``questions``: shares of batches. A question batch is of one language (monolingual).
    """

    share_of_others: float = Field(gt=0, le=1)
    batch_size: int = Field(ge=2)
    question_batch_size: int = Field(ge=2)
    steps: int = Field(ge=1)
    learning_rate: float = Field(gt=0)  # of the pieces
    body_learning_rate: float = Field(gt=0)
    english: float = Field(ge=0, lt=1)
    questions: float = Field(ge=0, lt=1)
    max_question_pieces: int = Field(ge=8)
    max_passage_pieces: int = Field(ge=8)


class BagRecipe(Record):
    """Contrast of bags of pieces over translations, word pairs, headings, neighbours and questions."""

    dimension: int = Field(ge=8, le=384)
    mix: dict[str, float]  # kind of batch → share of batches
    row_weights: dict[str, float]  # file → weight of its rows in the draw
    batch_size: int = Field(ge=2)
    steps: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    temperature: float = Field(gt=0)


class Recipe(Record):
    """The stages of the embedded encoder's training."""

    seed: int
    evaluated: tuple[str, ...]  # the languages of XQuAD-R but English
    others: tuple[str, ...]
    pieces: dict[str, int]  # language → word pieces to learn from it
    aligned_pairs: int = Field(ge=1)  # of one language
    contextual: ContextualRecipe
    body: BodyRecipe
    bag: BagRecipe
    surface_dimension: int
    max_pieces: int  # of a text, in use
    weights: PartWeights

    @property
    def languages(self) -> Sequence[str]:
        """All but English."""
        return (*self.evaluated, *self.others)


def read_recipe(path: Path) -> Recipe:
    """Read a recipe. Raises ``InputError`` naming the file and the field that is wrong."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is too large for a recipe.")
        return Recipe.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"Cannot read the recipe {path}: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"The recipe {path} is wrong at {place}: {first['msg']}.") from error
