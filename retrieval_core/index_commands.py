"""The commands ``index`` and ``search``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval_core.records import Document

MAX_LINE_BYTES = 16_000_000  # a book is about 2 MB; what is longer is no document
_SNIPPET_CHARS = 160


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the index."
)
def index(file: Path, out: Path) -> None:
    """Build a search index from FILE, one JSON object a line.

    A line holds _id or doc_id, optionally title, and text or abstract (a text or a list of sentences). An index
    that is at --out already is replaced.

    \b
    Example:
      retrieval-core index corpus.jsonl --out my-index
    """
    from retrieval_core.lexical import SearchIndex

    built = SearchIndex.build(read_documents(file), out)
    click.echo(f"{len(built)} documents indexed in {out}.", err=True)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("query")
@click.option("-k", default=10, show_default=True, type=click.IntRange(min=1), help="How many documents.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of a table.")
def search(folder: Path, query: str, k: int, as_json: bool) -> None:
    """Search the index in DIR for QUERY; every character of it is taken literally.

    \b
    Example:
      retrieval-core search my-index "cross-lingual retrieval" -k 5
    """
    from retrieval_core.lexical import SearchIndex

    opened = SearchIndex.open(folder)
    found = opened.search([query], k)[0]
    for hit in found:
        if as_json:
            click.echo(hit.model_dump_json())
        else:
            click.echo(f"{hit.rank:>3}  {hit.score:8.3f}  {hit.doc_id}  {_headline(opened.get(hit.doc_id))}")
    if not found:
        click.echo(f"None of the {len(opened)} documents shares a term with the query.", err=True)


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
