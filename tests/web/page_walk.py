"""The site as a browser test sees it, and ways through its pages that several tests take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

QUESTION = "Does hybrid batch training improve multilingual retrieval and reduce language bias?"
ARABIC = "هل يحسن التدريب على دفعات مختلطة استرجاع المعلومات؟"


@dataclass
class Site:
    """A running server: its origin, its home, and the cookies of a session in it."""

    origin: str
    home: Path
    state: Any


@dataclass
class Watched:
    """A page together with all that a browser could complain of."""

    page: Page
    site: Site
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def go(self, path: str, status: int = 200) -> Page:
        """Open a path of the site, which is to answer with ``status``."""
        answer = self.page.goto(self.site.origin + path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return self.page

    def forgive(self, status: int) -> None:
        """Forget the browser's note that an answer had this status, where it was meant to."""
        self.faults = [fault for fault in self.faults if f"status of {status} " not in fault]

    def assert_clean(self) -> None:
        """No request left the origin; no console error, no exception, no breach of the policy."""
        strangers = [u for u in self.requests if not u.startswith((self.site.origin, "data:", "blob:"))]
        assert not strangers
        assert not self.faults


def addresses(site: Site) -> dict[str, str]:
    """Name → path of each kind of page."""
    runs = {("hybrid" in folder.name): folder.name for folder in (site.home / "runs").iterdir()}
    report, other = f"/runs/{runs[True]}", runs[False]
    return {
        "library": "/",
        "search": "/?q=hybrid",
        "ask": "/ask",
        "verify": "/verify",
        "report": report,
        "claim": f"{report}/claims/1",
        "right to left": f"/runs/{other}",
        "compare": "/compare",
        "compared": f"/compare?before={other}&after={runs[True]}",
        "calibration": "/calibration",
        "error": "/runs/none",
    }


def ask(page: Page, question: str, max_claims: int) -> None:
    """Fill in the form and send it."""
    page.locator("#question").fill(question)
    page.locator("input[name=sources][value=demo]").check()
    page.locator("#max_claims").fill(str(max_claims))
    page.locator(".form button.main").click()


def follow(page: Page) -> list[str]:
    """Watch a job to its end without loading its page again; returns the stages that were seen at work."""
    page.evaluate(
        """() => {
            window.seen = [];
            const look = () => {
                const name = document.querySelector('.stages .running .name')?.textContent;
                if (name && window.seen.at(-1) !== name) window.seen.push(name);
            };
            new MutationObserver(look).observe(document.getElementById('content'), { childList: true, subtree: true });
            look();
        }"""
    )
    ended(page)
    return page.evaluate("window.seen")


def ended(page: Page) -> None:
    """Wait for the end of the job whose page this is."""
    page.locator("#progress:not([data-state=waiting], [data-state=running])").wait_for(timeout=180_000)


def unfold(page: Page, line: int) -> None:
    """Click a claim's line; its evidence can be seen then, each quote marked, or each side says that there is none."""
    summary = page.locator("#table > tbody:not([hidden]) .more summary").nth(line)
    summary.click()
    body = summary.locator("xpath=../div")
    assert body.locator("section.side").nth(0).is_visible()
    assert body.locator("section.side").nth(1).is_visible()
    for quote in body.locator("figure").all():
        assert quote.locator("mark").is_visible()
        assert quote.locator("figcaption a.ref").is_visible()
