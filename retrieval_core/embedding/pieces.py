"""The word pieces of the embedded encoder and their input vectors, for models that read text with its transformer.

The judge and the sentence classifier have bodies of their own but share the encoder's vocabulary and table, which is
most of a small multilingual model's size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.embedding.files import encoder_folder, read_encoder
from retrieval_core.embedding.text import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval_core.embedding.files import EncoderFiles


class Pieces:
    """Texts → ids → input vectors."""

    def __init__(self, files: EncoderFiles) -> None:
        from retrieval_core.embedding.vocabulary import make_tokenizer  # noqa: PLC0415 - loads tokenizers

        self._table, self._scale = files.tables["pieces"], files.tables["pieces_scale"]
        self._tokenizer = make_tokenizer(files.pieces, special_tokens=False)
        self.names = files.pieces
        self.cls, self.sep = files.pieces.index("[CLS]"), files.pieces.index("[SEP]")
        self.fingerprint = files.fingerprint

    @classmethod
    def embedded(cls) -> Pieces:
        """Those of the encoder that ships with the package. Raises ``ModelError`` for a damaged folder."""
        return cls(read_encoder(encoder_folder()))

    def ids(self, texts: Sequence[str], limit: int | None = None) -> list[list[int]]:
        """The ids of each text, at most ``limit``, without [CLS] and [SEP]."""
        encodings = self._tokenizer.encode_batch_fast([prepare(text) for text in texts])
        return [encoding.ids[:limit] for encoding in encodings]

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Ids of any shape → (…, 384)."""
        found: NDArray[np.float32] = self._table[ids] * self._scale[ids][..., None]
        return found

    def table_float(self) -> NDArray[np.float32]:
        """All vectors, (n_pieces, 384)."""
        table: NDArray[np.float32] = self._table.astype(np.float32) * self._scale[:, None]
        return table
