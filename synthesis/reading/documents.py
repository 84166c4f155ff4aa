"""One full text in one file → one paper: LaTeX sources, JATS, HTML. PDFs are read elsewhere, in a child process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from synthesis.identifiers import make_paper_id, year_of_arxiv_id
from synthesis.reading.metadata import Identifiers
from synthesis.reading.problems import UnreadableFileError
from synthesis.records import Notice, Paper, bytes_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from synthesis.reading.full_text import FullText
    from synthesis.reading.problems import Rejections

# what a reader's flag says of the article itself; notices of other articles are articles of their own
_STANDINGS: dict[str, Literal["retracted", "concern", "corrected"]] = {
    "retracted": "retracted",
    "retracted in part": "concern",
    "concern": "concern",
    "corrected": "corrected",
}
MAX_BYTES = 64 * 2**20  # the largest e-prints of arXiv are about 50 MB, nearly all of it pictures


def read_latex_file(path: Path, source: str, rejections: Rejections) -> Iterator[Paper]:  # noqa: ARG001 - as all readers
    """The paper of a LaTeX file or an e-print's archive.

    Raises:
        UnreadableFileError: the file is no LaTeX source, or holds no document.
    """
    from synthesis.reading.tex.reader import read_latex  # noqa: PLC0415 - not needed for a library of metadata

    yield _read(path, source, read_latex)


def read_html_file(path: Path, source: str, rejections: Rejections) -> Iterator[Paper]:  # noqa: ARG001 - as all readers
    """The paper of a saved web page.

    Raises:
        UnreadableFileError: the page holds no article.
    """
    from synthesis.reading.html.reader import read_html  # noqa: PLC0415 - as above

    yield _read(path, source, read_html)


def read_xml_file(path: Path, source: str, rejections: Rejections) -> Iterator[Paper]:
    """The paper of a JATS file, or the papers of a volume of the ACL Anthology.

    Raises:
        UnreadableFileError: the file is neither, or damaged.
    """
    if b"<collection" in _load(path)[:4096]:
        from synthesis.reading.acl_anthology import read_acl_xml  # noqa: PLC0415 - as above

        yield from read_acl_xml(path, source, rejections)
        return
    from synthesis.reading.jats.reader import read_jats  # noqa: PLC0415 - as above

    yield _read(path, source, read_jats)


def paper_of(text: FullText, *, file_name: str, file_sha256: str, source: str) -> Paper | None:
    """A full text as a paper, named by what it states of itself, else by its file; ``None`` without a title."""
    title = text.title
    if not title:
        return None
    ids = Identifiers.of([*text.identifiers, file_name.split(".tar", maxsplit=1)[0].removesuffix(".gz")])
    other = tuple(i for i in text.identifiers if i.startswith(("pmcid:", "pmid:")))
    named = ids.arxiv_id or ids.doi or ids.acl_id
    notices = tuple(_notices(text.flags, source))
    return Paper(
        paper_id=make_paper_id(title=title, arxiv_id=ids.arxiv_id, doi=ids.doi, acl_id=ids.acl_id)
        if named
        else f"file:{file_sha256[:16]}",
        title=title,
        abstract=text.abstract,
        authors=text.authors,
        year=text.year or year_of_arxiv_id(ids.arxiv_id),
        doi=ids.doi,
        arxiv_id=ids.arxiv_id,
        arxiv_version=ids.arxiv_version,
        acl_id=ids.acl_id,
        source=source,
        retracted=any(notice.kind == "retracted" for notice in notices),
        other_ids=other,
        sections=text.sections,
        notices=notices,
        form=text.form,
        quality=text.quality,
        flags=text.flags,
    )


def _notices(flags: Iterable[str], source: str) -> Iterator[Notice]:
    """What a document says of its own standing: "retracted: 10.…", "corrected"."""
    for flag in flags:
        words, _, detail = flag.partition(": ")
        kind = _STANDINGS.get(words)
        if kind:
            yield Notice(kind=kind, source=source, detail=detail or None)


def _read(path: Path, source: str, reader: Callable[[bytes, str], FullText]) -> Paper:
    data = _load(path)
    text = reader(data, str(path))
    paper = paper_of(text, file_name=path.name, file_sha256=bytes_sha256(data), source=source)
    if paper is None:
        raise UnreadableFileError(
            f"{path} cannot be read as a paper: it has no title. Add the paper's metadata as BibTeX, RIS or JSON Lines "
            "instead.",
            "no title found",
        )
    return paper


def _load(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableFileError(f"{path} is larger than {MAX_BYTES >> 20} MiB.", "too large")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(
            f"cannot read {path}: {error.strerror or error}", "cannot be opened"
        ) from error
