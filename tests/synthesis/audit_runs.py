"""A small run with all five formats, and ways to alter one character of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from small_tools import QUESTION, make_small_tools

from synthesis.auditing.audit import audit_file, audit_run
from synthesis.auditing.given import read_given
from synthesis.auditing.places import leaves, nodes
from synthesis.config import Config
from synthesis.jobs import RunClock, make_request, run_job
from synthesis.records import bytes_sha256, text_sha256
from synthesis.rendering import FORMATS
from synthesis.store import Home, Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from synthesis.auditing.audit import RunAudit
    from synthesis.auditing.places import ValuePath
    from synthesis.auditing.records import Audit, Finding
    from synthesis.records import Report
    from synthesis.request import Tools

QUOTED = ("quote", "before", "after")
CLOCK = RunClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


class Audited(NamedTuple):
    """A run, the tools that made it, its report, and its audit as it was made."""

    home: Home
    run: Run
    tools: Tools
    report: Report
    clean: RunAudit

    def __repr__(self) -> str:
        """Short: hypothesis prints it."""
        return f"Audited({self.run.folder.name})"

    @property
    def outputs(self) -> Path:
        """The folder of its formats."""
        return self.run.folder / "outputs"


def make_audited(root: Path) -> Audited:
    """One run over the small library in all formats."""
    home, tools = Home(root).prepare(), make_small_tools()
    run = make_run(home, tools, FORMATS)
    clean = audit_run(run, home, tools)
    assert clean.report is not None
    return Audited(home, run, tools, clean.report, clean)


def make_run(home: Home, tools: Tools, formats: Sequence[str]) -> Run:
    """A run on the small question over the sources of ``tools``."""
    request = make_request(QUESTION, tools.sources, ("arxiv:2401.00001",))
    return run_job(home, request, tools, Config(), CLOCK, formats).run


def audit_bytes(audited: Audited, name: str, data: bytes, folder: Path) -> Audit:
    """The audit of ``data`` as a file called ``name`` that lies outside the run."""
    path = folder / name
    path.write_bytes(data)
    return audit_file(read_given(path), audited.clean)


def other(char: str) -> str:
    """Another character of the same sort."""
    if char.isdigit():
        return str((int(char) + 1) % 10)
    if not char.isascii():
        return "x"
    step = chr(ord(char) + 1)
    return step if step.isalpha() else "b"


def altered(text: str, at: int) -> str:
    """``text`` with another character at ``at``."""
    return text[:at] + other(text[at]) + text[at + 1 :]


def alnum_places(text: str) -> list[int]:
    """Where letters and digits stand."""
    return [i for i, char in enumerate(text) if char.isalnum()]


def edit_artefact(run: Run, name: str, edit: Any, *, rehash: bool) -> Run:
    """Change the rows of an artefact on disk; with ``rehash`` the manifest says that this is what was written."""
    path = run.folder / name
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    edit(rows)
    dumped = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    data = "".join(dumped).encode()
    path.write_bytes(data)
    if rehash:
        manifest = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))
        for artefact in (a for stage in manifest["stages"].values() for a in stage):
            if artefact["name"] == name:
                artefact |= {"sha256": bytes_sha256(data), "size": len(data)}
        (run.folder / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Run.open(run.folder)


def relock(tree: Any) -> None:
    """Give every quote in a tree the hash of its words as they are now."""
    for _, value in nodes(tree):
        if isinstance(value, dict) and "sha256" in value and "text" in value:
            value["sha256"] = text_sha256(value["text"])


def wrong(found: Audit) -> list[Finding]:
    """The findings that are errors."""
    return [f for f in found.findings if f.weight == "wrong"]


def quote_paths(tree: Any) -> list[tuple[ValuePath, str]]:
    """Paths of the words of all quotes and of what stands around them."""
    return [
        (path, text)
        for path, text in leaves(tree)
        if isinstance(text, str)
        and any(step in QUOTED for step in path)
        and path[-1] in {"text", "before", "after"}
        and alnum_places(text)
    ]


def put(tree: Any, path: ValuePath, value: Any) -> None:
    """Another value at a path of a tree."""
    for step in path[:-1]:
        tree = tree[step]
    tree[path[-1]] = value
