"""A real server over a home with real runs, and a real Chromium; skipped where either cannot be.

Playwright drives the Chromium of the machine: ``$CHROMIUM``, else the first of ``chromium``, ``chromium-browser``,
``google-chrome`` on the path. Under pytest-xdist each worker has a server and a browser of its own; the runs are made
once, by the worker that comes first.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from page_walk import ARABIC, QUESTION, Site, Watched

from synthesis.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
_START_SECONDS = 60
_LINK = re.compile(r"http://\S+token=\S+")

# Invented papers whose titles run from right to left.
_RIGHT_TO_LEFT = """\
{"paper_id": "doi:10.5555/ar.1", "title": "أثر التدريب على دفعات مختلطة في استرجاع المعلومات", "authors": ["سلمى حداد"], \
"year": 2023, "abstract": "يحسن التدريب على دفعات مختلطة استرجاع المعلومات بمقدار 2.4 نقطة في إحدى عشرة لغة. لا تتغير نتائج اللغة الإنجليزية."}
{"paper_id": "doi:10.5555/he.1", "title": "אימון באצוות מעורבות לאחזור מידע רב־לשוני", "authors": ["דנה לוי"], \
"year": 2024, "abstract": "אימון באצוות מעורבות משפר את אחזור המידע ב־2.1 נקודות בעברית. התוצאות באנגלית אינן משתנות."}
{"paper_id": "doi:10.5555/ar.2", "title": "حدود التدريب على دفعات مختلطة", "authors": ["عمر يوسف"], \
"year": 2022, "abstract": "لا يحسن التدريب على دفعات مختلطة استرجاع المعلومات عند استعمال أكثر من ست لغات. وقد قيس ذلك على 1190 سؤالا."}
"""


def _chromium() -> str:
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if not found:
        pytest.skip(f"no Chromium: neither $CHROMIUM is set nor is one of {', '.join(CHROMIUMS)} installed")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    api = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed (pip install playwright)"
    )
    path = _chromium()
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        yield browser
        browser.close()


def _synthesis(*arguments: str, clock: int) -> None:
    """A command of the tool, done; 3 is its exit code for "done in part"."""
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setenv("SOURCE_DATE_EPOCH", str(clock))
        with pytest.raises(SystemExit) as ended:
            main(arguments)
    assert ended.value.code in {0, 3}, arguments


@pytest.fixture(scope="session")
def finished_runs(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A home with two reports: one of the demo library, one in Arabic of papers in Arabic and Hebrew."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base  # of all workers of pytest-xdist
    home = shared / "browser-home"
    with FileLock(shared / "browser-home.lock"):
        if home.is_dir():
            return home
        making = shared / "browser-home-making"
        papers = shared / "right-to-left.jsonl"
        papers.write_text(_RIGHT_TO_LEFT, encoding="utf-8")
        rest = (
            "--formats",
            "md,html,json,csv",
            "--quiet",
            "--home",
            str(making),
            "--out",
            str(shared / "written"),
        )
        _synthesis("report", QUESTION, "--source", "demo", "--max-claims", "4", *rest, clock=1_780_000_000)
        _synthesis(
            "report",
            ARABIC,
            "--library",
            str(papers),
            "--offline",
            "--report-language",
            "ar",
            *rest,
            clock=1_785_000_000,
        )
        making.rename(home)
    return home


@pytest.fixture(scope="session")
def site(finished_runs: Path, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """The server as a process of its own, on a copy of the home, with a session opened by its link."""
    home = tmp_path_factory.mktemp("site") / "home"
    shutil.copytree(finished_runs, home)
    command = [
        sys.executable,
        "-m",
        "synthesis.cli",
        "serve",
        "--home",
        str(home),
        "--port",
        "0",
        "--no-browser",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            link = _first_link(process)
            context = browser.new_context()
            page = context.new_page()
            page.goto(link)
            yield Site(re.match(r"http://[^/]+", link)[0], home, context.storage_state())
        finally:
            process.terminate()
            process.wait(20)


def _first_link(process: subprocess.Popen[str]) -> str:
    """The link that the server prints; what it prints after is read and let go, so that it never waits for us."""
    found = threading.Event()
    lines: list[str] = []

    def read() -> None:
        for line in process.stdout or ():
            lines.append(line)
            if _LINK.search(line):
                found.set()

    threading.Thread(target=read, daemon=True).start()
    assert found.wait(_START_SECONDS), "".join(lines)
    return next(match[0] for line in lines if (match := _LINK.search(line)))


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Makes pages in contexts of their own (``color_scheme``, ``viewport``, …), signed in, and watches them to the end."""
    watched: list[Watched] = []

    def open_page(**options: Any) -> Watched:
        options = {"viewport": {"width": 1200, "height": 900}, "storage_state": site.state, **options}
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        new = Watched(context.new_page(), site)
        context.on("request", lambda request: new.requests.append(request.url))
        context.on("weberror", lambda error: new.faults.append(str(error.error)))
        context.on("console", lambda message: message.type == "error" and new.faults.append(message.text))
        watched.append(new)
        return new

    yield open_page
    for one in watched:
        one.page.context.close()
    for one in watched:
        one.assert_clean()
