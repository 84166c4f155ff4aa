"""A small set of labelled abstracts in the form of the real files."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from retrieval_core.sentence_roles.labelled import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

TOPICS = ["hybrid batches", "sparse indexes", "word pieces", "query logs", "graph features", "beam search"]


def write_sets(folder: Path, n_texts: int = 6) -> Path:
    """Every set with ``n_texts`` train and two dev abstracts (rows, for the sets without texts)."""
    for split, count in (("train", n_texts), ("dev", 2)):
        for i in range(count):
            topic = f"{TOPICS[i % len(TOPICS)]} of the {split} sort number {i}"
            _add(folder, "csabstruct", split, _roles(topic), doc_id=f"{split}-0")
            _add(folder, "detecting_scientific_claim", split, _claims(topic), doc_id=f"{split}{i}")
            for language in LANGUAGES:
                _add(folder, f"abstrct_{language}", split, _argument(topic), doc_id=None)
            _add(folder, "conclusion_detection", split, _argument(topic)[:1], doc_id=None, of="conclusion")
    return folder


def _roles(topic: str) -> list[tuple[str, str]]:
    return [
        (f"Search with {topic} has become important in recent years.", "background"),
        (f"This paper asks whether {topic} help search engines.", "objective"),
        (f"We train an encoder with {topic} on nine languages.", "method"),
        (f"The encoder with {topic} outperforms the baseline by 4 points.", "result"),
        ("All rights reserved.", "other"),
    ]


def _claims(topic: str) -> list[tuple[str, str]]:
    return [
        (f"We train an encoder with {topic} on nine languages.", "none"),
        (f"The results show that {topic} improve search in all languages.", "claim"),
    ]


def _argument(topic: str) -> list[tuple[str, str]]:
    return [
        (f"Patients were given {topic} for six weeks at random.", "none"),
        (f"Mortality fell from 12 % to 7 % with {topic} in the first group.", "premise"),
        (f"Treatment with {topic} is safe and effective in adults.", "claim"),
    ]


def _add(
    folder: Path,
    name: str,
    split: str,
    rows: list[tuple[str, str]],
    *,
    doc_id: str | None,
    of: str | None = None,
) -> None:
    with gzip.open(folder / f"{name}.jsonl.gz", "at", encoding="utf-8") as file:
        for position, (sentence, label) in enumerate(rows):
            row = {
                "id": f"{name}-{position}",
                "sentence": sentence,
                "label": of or label,
                "split": split,
                "doc_id": doc_id,
                "position": position,
            }
            file.write(json.dumps(row) + "\n")
