"""Dual encoders: queries and documents as unit vectors whose dot product is the score.

The embedded one needs no PyTorch and no download; any sentence-transformers model works by path or hub id.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from retrieval_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval_core.embedding.embedded import Part

_HASHED_SUFFIXES = {".safetensors", ".json", ".txt", ".model"}


class Encoder(Protocol):
    """Texts → vectors; both sides in one space."""

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        ...

    @property
    def fingerprint(self) -> str:
        """What determines the vectors; an index is searched only with the encoder that made it."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), rows of unit length; zeros for a text with nothing in it."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), rows of unit length; zeros for a text with nothing in it."""
        ...


class DualEncoder:
    """A loaded encoder. Made by ``load``."""

    def __init__(self, encoder: Encoder, name: str) -> None:
        self._encoder = encoder
        self.name = name

    @classmethod
    def load(cls, where: str | Path = "embedded", *, threads: int | None = None) -> DualEncoder:
        """``"embedded"``, ``"embedded:bag"`` (or other parts, joined by +), ``"current"``, a folder, or a hub id.

        ``"current"`` is the encoder that was promoted last (see ``promoted``), else the embedded one. A folder is an
        embedded encoder's (with a manifest) or a sentence-transformers model's; the latter, and hub ids, need the
        ``train`` extra. ``threads``: as many as cores by default. Raises ``ModelError`` naming what is missing or
        damaged.
        """
        if where == "current":
            return cls.current(threads=threads)
        name, _, parts = str(where).partition(":")
        if name == "embedded" or (Path(where) / "encoder.json").is_file():
            folder, parts = ("embedded", parts) if name == "embedded" else (Path(where), "")
            return cls(_Embedded(folder, parts.split("+") if parts else None, threads), str(where))
        return cls(_SentenceTransformer(str(where), threads), str(where))

    @classmethod
    def current(cls, home: Path | None = None, *, threads: int | None = None) -> DualEncoder:
        """The encoder that was promoted last in ``home`` (the user's, by default), else the embedded one."""
        from retrieval_core import promoted  # noqa: PLC0415 - needed for this name only

        folder = promoted.current_folder(home)
        if folder is None:
            return cls.load(promoted.EMBEDDED, threads=threads)
        encoder = cls.load(folder, threads=threads)
        if encoder.fingerprint != folder.parent.name:
            raise ModelError(
                f"{folder} is not the encoder that was promoted: its fingerprint differs. Restore the folder, or go "
                f"back to the embedded encoder: {promoted.TO_EMBEDDED}"
            )
        return encoder

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._encoder.dimension

    @property
    def fingerprint(self) -> str:
        """What determines the vectors, as SHA-256 (hex)."""
        return self._encoder.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), rows of unit length; zeros for a text with nothing in it."""
        return self._encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), rows of unit length; zeros for a text with nothing in it."""
        return self._encoder.encode_documents(texts)


class _Embedded:
    """The project's own encoder: queries and documents alike."""

    def __init__(self, where: str | Path, parts: Sequence[str] | None, threads: int | None) -> None:
        from retrieval_core.embedding.embedded import PARTS, EmbeddedEncoder  # noqa: PLC0415 - loads lazily
        from retrieval_core.embedding.files import encoder_folder  # noqa: PLC0415

        chosen = cast("Sequence[Part]", parts or PARTS)
        self._encoder = EmbeddedEncoder.open(encoder_folder(where), chosen, threads=threads)
        self.dimension = self._encoder.dimension
        self.fingerprint = self._encoder.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encoder.encode(texts)

    encode_documents = encode_queries


class _SentenceTransformer:
    """Any sentence-transformers model, with its own prompts for queries and documents."""

    def __init__(self, where: str, threads: int | None) -> None:
        try:
            import torch  # noqa: PLC0415 - only for models that are not the embedded one
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        except ImportError as error:
            raise ModelError(
                f"The model {where!r} needs PyTorch and sentence-transformers: pip install 'synthesis[train]'. "
                'The model "embedded" needs neither.'
            ) from error
        from retrieval_core.embedding.training_form import is_training_form  # noqa: PLC0415 - needs PyTorch

        if threads:
            torch.set_num_threads(threads)
        try:
            self._model: Any = SentenceTransformer(
                where, model_kwargs={"use_safetensors": True}, trust_remote_code=is_training_form(where)
            )
        except (OSError, ValueError) as error:
            raise ModelError(
                f"Cannot load the model {where!r}: {str(error).splitlines()[0]} "
                'Expected "embedded", a folder of a sentence-transformers model, or a hub id that can be reached.'
            ) from error
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.fingerprint = _fingerprint(Path(where), self._model)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode(self._model.encode_query, texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        vectors = encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)


def _fingerprint(folder: Path, model: Any) -> str:
    """Of the files where the model is a folder, else of its weights."""
    digest = hashlib.sha256()
    if folder.is_dir():
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix in _HASHED_SUFFIXES:
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
                with file.open("rb") as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
    else:
        for name, tensor in sorted(model.state_dict().items()):
            digest.update(name.encode() + b"\0" + tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()
