"""What the models said in an earlier run is not computed again: scores, rationales, vectors, roles of sentences.

    RUN/remembered.safetensors   a value a key; the key is the SHA-256 of what was asked, of which model

The file is a memory of computed values, not a source of truth: it is no part of what a run is, and one that is missing,
damaged or of other models costs time and changes nothing. A run writes down only what it asked for itself, so that the
file grows with the run and not with its history. One process writes it, the one that holds the run.

That recalled and computed values are the same to the last bit rests on the models: each answers for one text, pair or
section whatever else it is asked in the same breath.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from hashlib import sha256
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from synthesis import __version__
from synthesis.errors import StoreError
from synthesis.extraction import SentenceRoles
from synthesis.store import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from numpy.typing import NDArray

    from synthesis.extraction import Tagger
    from synthesis.protocols import Judge
    from synthesis.request import Tools

FILE = "remembered.safetensors"
MAX_ENTRIES = 200_000  # of a run; what is asked beyond is not written down
_FORM = "synthesis-remembered/1"
_KEY_BYTES = 32


class Encoder(Protocol):
    """Texts → vectors, each text for itself."""

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        ...

    @property
    def fingerprint(self) -> str:
        """What determines the vectors."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension)."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension)."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A tool built around models."""

    def remembering(self, memory: Memory) -> Self:
        """The same tool, its models asked through ``memory``."""
        ...


class Memory:
    """Values by what was asked; ``known`` are those of earlier runs."""

    def __init__(self, known: Mapping[str, bytes] | None = None) -> None:
        self._values = dict(known or {})
        self._used: dict[str, None] = {}  # keys, in the order in which they were first asked for

    @classmethod
    def read(cls, *folders: Path) -> Memory:
        """What the runs in these folders wrote down; what cannot be read is nothing."""
        known: dict[str, bytes] = {}
        for folder in folders:
            known |= _read(folder / FILE)
        return cls(known)

    def write(self, folder: Path) -> None:
        """Keep what was asked for; a folder that cannot be written costs the next run the same time again."""
        kept = {key: self._values[key] for key in islice(self._used, MAX_ENTRIES)}
        if kept:
            with contextlib.suppress(StoreError):
                write_atomically(folder / FILE, _dump(kept))

    def recall(
        self,
        kind: str,
        fingerprint: str,
        items: Sequence[Sequence[str]],
        compute: Callable[[list[int]], Sequence[bytes]],
    ) -> list[bytes]:
        """The value of each item, in order; ``compute`` is given the places of those that are not known."""
        keys = [_key(kind, fingerprint, item) for item in items]
        new: dict[str, int] = {}
        for place, key in enumerate(keys):
            if key not in self._values:
                new.setdefault(key, place)
        if new:
            self._values |= zip(new, compute(list(new.values())), strict=True)
        self._used |= dict.fromkeys(keys)
        return [self._values[key] for key in keys]

    def judge(self, judge: Judge) -> Judge:
        """The judge, asked through this memory."""
        return _RememberedJudge(judge, self)

    def encoder(self, encoder: Encoder) -> Encoder:
        """The encoder, asked through this memory."""
        return _RememberedEncoder(encoder, self)

    def tagger(self, tagger: Tagger) -> Tagger:
        """The classifier of sentences, asked through this memory where it says which one it is."""
        fingerprint = getattr(tagger, "fingerprint", None)
        return _RememberedTagger(tagger, fingerprint, self) if fingerprint else tagger


@contextlib.contextmanager
def remembering(tools: Tools, folder: Path, earlier: Sequence[Path] = ()) -> Iterator[Tools]:
    """The tools, their models asked through a memory that the run in ``folder`` keeps, also when it is interrupted.

    ``earlier`` are the folders of runs whose memory is used.
    """
    memory = Memory.read(*earlier, folder)
    ranker, extractor = tools.ranker, tools.extractor
    try:
        yield replace(
            tools,
            judge=memory.judge(tools.judge),
            ranker=ranker.remembering(memory) if isinstance(ranker, Remembering) else ranker,
            extractor=extractor.remembering(memory) if isinstance(extractor, Remembering) else extractor,
        )
    finally:
        memory.write(folder)


# --------------------------------------------------------------------------- models


class _RememberedJudge:
    def __init__(self, judge: Judge, memory: Memory) -> None:
        self._judge, self._memory = judge, memory
        self.fingerprint = judge.fingerprint

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(n, 3), as the judge's."""

        def compute(new: list[int]) -> list[bytes]:
            return _rows(self._judge.score([pairs[i] for i in new]))

        return _matrix(self._memory.recall("scores", self.fingerprint, pairs, compute), 3)

    def rationale(self, claim: str, sentences: Sequence[str]) -> list[int]:
        """As the judge's."""

        def compute(_: list[int]) -> list[bytes]:
            return [_json([int(i) for i in self._judge.rationale(claim, sentences)])]

        [value] = self._memory.recall("rationale", self.fingerprint, [(claim, *sentences)], compute)
        found: list[int] = json.loads(value)
        return found

    def notes(self, claim: str, evidence: str) -> list[str]:
        """As the judge's; they are counted, not computed by a network."""
        return self._judge.notes(claim, evidence)


class _RememberedEncoder:
    def __init__(self, encoder: Encoder, memory: Memory) -> None:
        self._encoder, self._memory = encoder, memory

    @property
    def dimension(self) -> int:
        """As the encoder's."""
        return self._encoder.dimension

    @property
    def fingerprint(self) -> str:
        """As the encoder's."""
        return self._encoder.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), as the encoder's."""
        return self._recall("query", texts, self._encoder.encode_queries)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), as the encoder's."""
        return self._recall("document", texts, self._encoder.encode_documents)

    def _recall(
        self, kind: str, texts: Sequence[str], encode: Callable[[Sequence[str]], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        rows = self._memory.recall(
            kind, self.fingerprint, [(t,) for t in texts], lambda new: _rows(encode([texts[i] for i in new]))
        )
        return _matrix(rows, self.dimension)


class _RememberedTagger:
    def __init__(self, tagger: Tagger, fingerprint: str, memory: Memory) -> None:
        self._tagger, self._memory = tagger, memory
        self.fingerprint = fingerprint

    def tag(self, sentences: Sequence[str]) -> list[SentenceRoles]:
        """As the classifier's."""

        def compute(_: list[int]) -> list[bytes]:
            return [_json([list(roles) for roles in self._tagger.tag(sentences)])]

        [value] = self._memory.recall("roles", self.fingerprint, [sentences], compute)
        return [SentenceRoles(*row) for row in json.loads(value)]


def _rows(matrix: NDArray[np.float32]) -> list[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(matrix, dtype=np.float32)]


def _matrix(rows: Sequence[bytes], width: int) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(rows), dtype=np.float32).reshape(-1, width).copy()


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


# --------------------------------------------------------------------------- the file


def _key(kind: str, fingerprint: str, item: Sequence[str]) -> str:
    """Of this version's code, since the same weights may be read otherwise by another's."""
    return sha256(_json([__version__, kind, fingerprint, *item])).hexdigest()


def _dump(values: Mapping[str, bytes]) -> bytes:
    """Keys (n, 32), the end of each value, and all values after each other, under one checksum."""
    from safetensors.numpy import save  # noqa: PLC0415 - only where a run is written

    keys = np.frombuffer(bytes.fromhex("".join(values)), dtype=np.uint8).reshape(-1, _KEY_BYTES)
    ends = np.cumsum([len(value) for value in values.values()], dtype=np.int64)
    body = np.frombuffer(b"".join(values.values()), dtype=np.uint8)
    return save(
        {"keys": keys, "ends": ends, "values": body},
        metadata={"form": _FORM, "sha256": _checksum(keys, ends, body)},
    )


def _read(path: Path) -> dict[str, bytes]:
    """What the file holds; nothing where it is missing or not as it was written."""
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415 - as above

    try:
        with safe_open(path, framework="np") as file:
            facts = file.metadata() or {}
            keys, ends, body = (file.get_tensor(name) for name in ("keys", "ends", "values"))
    except (OSError, SafetensorError, ValueError):
        return {}
    if facts.get("form") != _FORM or facts.get("sha256") != _checksum(keys, ends, body):
        return {}
    data, starts = body.tobytes(), [0, *ends.tolist()]
    values = (data[start:end] for start, end in pairwise(starts))
    return {key.tobytes().hex(): value for key, value in zip(keys, values, strict=True)}


def _checksum(*parts: NDArray[Any]) -> str:
    digest = sha256()
    for part in parts:
        digest.update(f"{part.dtype} {part.shape}\n".encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
