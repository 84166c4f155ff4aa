"""Four literature databases and arXiv's files on loopback, in their own forms, over invented papers.

A database may be down, or out of its day's budget. The papers are about hybrid batches, so that the question of the
small tools finds them; the words are written for the tests.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arxiv_server import entry, feed
from loopback import LoopbackServer, respond

if TYPE_CHECKING:
    from loopback import Handler

_FINDINGS = (
    "Hybrid batches reduce language bias in multilingual retrieval by {n} percent on XQuAD-R.",
    "Hybrid batches do not reduce language bias in multilingual retrieval on XQuAD-R in our {n} runs.",
    "In multilingual retrieval, hybrid batches improve mean average precision on XQuAD-R by {n} points.",
)


@dataclass(frozen=True)
class Work:
    """An invented paper."""

    number: int

    @property
    def arxiv_id(self) -> str:
        """Its arXiv id."""
        return f"2401.{self.number:05d}"

    @property
    def doi(self) -> str:
        """A DOI under the prefix that resolves to nothing."""
        return f"10.5555/hybrid.{self.number}"

    @property
    def title(self) -> str:
        """Its title, which no other has."""
        return f"Hybrid batches and language bias in multilingual retrieval: experiment {self.number}"

    @property
    def abstract(self) -> str:
        """Two sentences."""
        return f"{_FINDINGS[self.number % 3].format(n=10 + self.number)} We train on {self.number} languages."

    @property
    def author(self) -> str:
        """One author, who wrote no other."""
        return f"Ada Example{chr(65 + self.number % 26)}{chr(97 + self.number // 26)}"

    @property
    def source(self) -> bytes:
        """Its LaTeX source as arXiv sends it: a gzipped tar."""
        text = (
            rf"\documentclass{{article}}\title{{{self.title}}}\author{{{self.author}}}\begin{{document}}\maketitle"
            rf"\begin{{abstract}}{self.abstract}\end{{abstract}}\section{{Method}}We mix monolingual and cross-lingual "
            rf"batches in equal shares. Every run was made {self.number + 2} times.\section{{Results}}"
            rf"{_FINDINGS[self.number % 3].format(n=10 + self.number)} The gain holds for all question languages."
            r"\end{document}"
        ).encode()
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as archive:
            member = tarfile.TarInfo("main.tex")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        return gzip.compress(data.getvalue(), mtime=0)


@dataclass
class Literature:
    """The databases: which works each holds, which are down or spent, and what each was asked."""

    holdings: dict[str, list[Work]]
    down: set[str] = field(default_factory=set)
    spent: set[str] = field(default_factory=set)
    asked: Counter[str] = field(
        default_factory=Counter
    )  # "<database> <path>?<parameters>" of answered requests

    def answer(self, handler: Handler) -> None:
        """Answer one request."""
        _, database, *rest = handler.seen.path.split("/")
        if database in self.down:
            handler.send(503, b"busy")
        elif database in self.spent:
            handler.send(
                429, b'{"error":"Rate limit exceeded","message":"daily budget"}', {"Retry-After": "50000"}
            )
        else:
            self.asked[f"{handler.seen.path}?{sorted(handler.params.items())}"] += 1
            getattr(self, f"_{database}")(handler, rest)

    def serve(self) -> LoopbackServer:
        """A server of it."""
        return LoopbackServer(self.answer)

    def _arxiv(self, handler: Handler, _: list[str]) -> None:
        works = self.holdings["arxiv"]
        if ids := handler.params.get("id_list"):
            works = [w for w in works if w.arxiv_id in ids]
        start, count = int(handler.params["start"]), int(handler.params["max_results"])
        entries = [
            entry(f"{w.arxiv_id}v1", w.title, summary=w.abstract) for w in works[start : start + count]
        ]
        respond(feed(*(e.replace("Ada Example", w.author) for e, w in zip(entries, works[start:], strict=False)),
                     total=len(works)))(handler)  # fmt: skip

    def _files(self, handler: Handler, rest: list[str]) -> None:
        arxiv_id = rest[-1].partition("v")[0]
        work = next((w for w in self.holdings["arxiv"] if w.arxiv_id == arxiv_id), None)
        if work is None or rest[0] != "e-print":
            handler.send(404, b"not here")
        else:
            handler.send(200, work.source, {"Content-Type": "application/x-eprint-tar"})

    def _openalex(self, handler: Handler, rest: list[str]) -> None:
        if len(rest) > 1:  # a single work
            handler.send(404, b"<!doctype html><title>404</title>", {"Content-Type": "text/html"})
            return
        works = self.holdings["openalex"]
        size, page = int(handler.params["per_page"]), int(handler.params.get("page", 1))
        rows = [
            {
                "id": f"https://openalex.org/W{1000 + w.number}",
                "doi": f"https://doi.org/{w.doi}",
                "title": w.title,
                "publication_year": 2024,
                "authorships": [{"author": {"display_name": w.author}}],
                "abstract_inverted_index": {f"{word}": [i] for i, word in enumerate(_distinct(w.abstract))},
                "ids": {},
            }
            for w in works[(page - 1) * size : page * size]
        ]
        meta = {"count": len(works), "page": page, "per_page": size}
        _json(handler, {"meta": meta, "results": rows})

    def _s2(self, handler: Handler, rest: list[str]) -> None:
        if rest[-1] in {"references", "citations"}:
            _json(handler, {"offset": 0, "data": []})
            return
        if rest[-1] != "search":
            handler.send(404, b'{"error":"Paper not found"}', {"Content-Type": "application/json"})
            return
        works = self.holdings["s2"]
        offset, limit = int(handler.params["offset"]), int(handler.params["limit"])
        rows = [
            {
                "paperId": f"{w.number:040x}",
                "title": w.title,
                "abstract": w.abstract,
                "year": 2024,
                "authors": [{"name": w.author}],
                "externalIds": {"DOI": w.doi, "ArXiv": w.arxiv_id},
            }
            for w in works[offset : offset + limit]
        ]
        more = {"next": offset + limit} if offset + limit < len(works) else {}
        _json(handler, {"total": len(works), "offset": offset, "data": rows} | more)

    def _crossref(self, handler: Handler, rest: list[str]) -> None:
        if len(rest) > 1:
            handler.send(404, b"Resource not found.", {"Content-Type": "text/plain"})
            return
        works = self.holdings["crossref"]
        rows, offset = int(handler.params["rows"]), int(handler.params.get("offset", 0))
        cursor = handler.params.get("cursor", "*")
        offset = 0 if cursor == "*" else int(cursor)
        items = [
            {
                "DOI": w.doi,
                "title": [w.title],
                "abstract": f"<jats:p>{w.abstract}</jats:p>",
                "author": [{"given": w.author.split()[0], "family": w.author.split()[1]}],
                "issued": {"date-parts": [[2024]]},
                "type": "journal-article",
                "container-title": ["Journal of Invented Results"],
            }
            for w in works[offset : offset + rows]
        ]
        message = {"total-results": len(works), "items": items, "next-cursor": str(offset + rows)}
        _json(handler, {"status": "ok", "message-type": "work-list", "message": message})


def _distinct(text: str) -> list[str]:
    """The words of a text, repeats told apart as an inverted index of single places cannot hold them."""
    return list(dict.fromkeys(text.split()))


def _json(handler: Handler, value: object) -> None:
    handler.send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})
