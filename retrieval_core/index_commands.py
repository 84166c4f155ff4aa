"""The commands ``index`` and ``search``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval_core.encoder import Encoder
    from retrieval_core.records import Document
    from retrieval_core.search import SearchIndex

MAX_LINE_BYTES = 16_000_000  # a book is about 2 MB; what is longer is no document
_SNIPPET_CHARS = 160
_PROGRESS_STEP = 10_240  # documents; a multiple of what is encoded at once


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the index."
)
@click.option(
    "--encoder",
    help='Index vectors too: "embedded", a model\'s folder or hub id; "none": words only, the default.',
)
@click.option(
    "--kind",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "flat", "hnsw", "ivfpq"]),
    help="Kind of the vector index; auto is flat up to 50,000 documents, hnsw above.",
)
@click.option("--add", is_flag=True, help="Add FILE to the index instead of replacing it.")
@click.option("--delete", multiple=True, metavar="DOC_ID", help="Delete a document; can be repeated.")
def index(
    file: Path | None, out: Path, encoder: str | None, kind: Any, add: bool, delete: tuple[str, ...]
) -> None:
    """Build a search index from FILE, one JSON object a line.

    A line holds _id or doc_id, optionally title and language, and text or abstract (a text or a list of sentences).
    An index that is at --out already is replaced, unless it is changed with --add or --delete.

    \b
    Examples:
      retrieval-core index corpus.jsonl --out my-index --encoder embedded
      retrieval-core index more.jsonl --out my-index --add
      retrieval-core index --out my-index --delete 4983 --delete 12
    """
    from retrieval_core.search import SearchIndex

    if file is None and (add or not delete):
        raise click.UsageError("Name a FILE to index, or documents to --delete.")
    if file is not None and delete and not add:
        raise click.UsageError(
            "FILE replaces the whole index, so --delete has no meaning. Give --add as well."
        )
    reading = _Reading(file)
    if file is None or add:
        opened = SearchIndex.open(out, load_encoder(encoder))
        if file is not None:
            opened.add(reading.documents())
        opened.delete(delete)
    else:
        opened = SearchIndex.build(
            reading.documents(), out, encoder=load_encoder(encoder), kind=kind, progress=_show_progress
        )
    click.echo(f"{len(opened)} documents indexed in {out}.{reading.repeats()}{_vectors(opened)}", err=True)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("query")
@click.option("-k", default=10, show_default=True, type=click.IntRange(min=1), help="How many documents.")
@click.option(
    "--mode",
    type=click.Choice(["lexical", "dense", "hybrid"]),
    help="By words, by vectors, or by both; the default is the most that the index can.",
)
@click.option("--encoder", help='The encoder that the index was built with; default "embedded".')
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of a table.")
def search(folder: Path, query: str, k: int, mode: Any, encoder: str | None, as_json: bool) -> None:
    """Search the index in DIR for QUERY; every character of it is taken literally.

    \b
    Example:
      retrieval-core search my-index "cross-lingual retrieval" -k 5
    """
    from retrieval_core.search import SearchIndex

    opened = SearchIndex.open(folder, load_encoder(encoder), lexical_only=mode == "lexical")
    found = opened.search([query], k, mode=mode)[0]
    for hit in found:
        if as_json:
            click.echo(hit.model_dump_json())
        else:
            click.echo(f"{hit.rank:>3}  {hit.score:8.3f}  {hit.doc_id}  {_headline(opened.get(hit.doc_id))}")
    if not found:
        click.echo(f"None of the {len(opened)} documents shares a term with the query.", err=True)


def load_encoder(name: str | None) -> Encoder | None:
    """The encoder that an option names; ``None`` for "none" and where it was left out."""
    if name is None or name == "none":
        return None
    from retrieval_core.encoder import DualEncoder

    encoder: Encoder = DualEncoder.load(name)
    return encoder


class _Reading:
    """Documents of a file, none of which would be a mistake, and how many lines repeat a ``doc_id``."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lines = 0
        self._doc_ids: set[str] = set()

    def documents(self) -> Iterator[Document]:
        assert self._file is not None
        for document in read_documents(self._file):
            self._lines += 1
            self._doc_ids.add(document.doc_id)
            yield document
        if not self._lines:
            raise InputError(
                f"{self._file} holds no documents; expected one JSON object a line. Nothing was indexed."
            )

    def repeats(self) -> str:
        repeated = self._lines - len(self._doc_ids)
        if not repeated:
            return ""
        lines = "line repeats" if repeated == 1 else "lines repeat"
        return f" {repeated} {lines} an earlier doc_id; the last of each counts."


def _vectors(index: SearchIndex) -> str:
    vectors = index.vectors
    if vectors is None:
        return ""
    recall = "exact" if vectors.kind == "flat" else f"recall {vectors.recall:.3f} of the ten nearest"
    return f" Vectors: {vectors.kind}, {recall}."


def _show_progress(done: int) -> None:
    if done % _PROGRESS_STEP == 0:
        click.echo(f"{done:,} documents encoded …", err=True)


def read_documents(file: Path) -> Iterator[Document]:
    """Documents of a JSONL file, read line by line. Raises ``InputError`` naming the line."""
    from retrieval_core.records import Document

    with file.open("rb") as stream:
        for number, line in enumerate(_bounded_lines(stream, file), start=1):
            if not line.strip():
                continue
            try:
                yield _document(json.loads(line), Document)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise InputError(
                    f"{file}, line {number}: expected a JSON object with _id or doc_id (a text), text or abstract, "
                    f"and optionally title, but: {_reason(error)}. Nothing was indexed."
                ) from error


def _bounded_lines(stream: Any, file: Path) -> Iterator[bytes]:
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise InputError(
                f"{file}, line {number} is longer than {MAX_LINE_BYTES // 10**6} MB. Is it JSON Lines?"
            )
        yield line


def _document(fields: dict[str, Any], make: type[Document]) -> Document:
    text = fields["text"] if "text" in fields else fields["abstract"]
    doc_id = fields["_id"] if "_id" in fields else fields["doc_id"]
    return make(
        doc_id=str(doc_id) if isinstance(doc_id, int) else doc_id,
        title=fields.get("title"),
        text=" ".join(text) if isinstance(text, list) else text,
        language=fields.get("language"),
    )


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error).splitlines()[0]


def _headline(document: Document | None) -> str:
    """A line that cannot move the terminal's cursor, whatever the document holds."""
    text = (document.title or document.text) if document else ""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * _SNIPPET_CHARS]).split())
    return plain if len(plain) <= _SNIPPET_CHARS else plain[:_SNIPPET_CHARS].rsplit(" ", 1)[0] + " …"
