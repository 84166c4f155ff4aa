"""The pages in a real browser: the whole path, by mouse, by keys, without a script, in the dark, narrow, right to left."""

import json
import re
import time

import pytest
from page_walk import QUESTION, addresses, ask, ended, follow, unfold

AXE_SERIOUS = {"serious", "critical"}
MODES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}},
    "right to left": {"language": "ar"},
}


def _switch(watched, language):
    """Choose the language of the pages, as a reader does."""
    page = watched.go("/")
    page.locator(".menu > summary").click()
    page.locator(f".menu button[value={language}]").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("mode", MODES)
def test_no_page_is_hard_to_use(mode, visit, site):
    """A check by axe finds nothing serious on any page, no page scrolls sideways, and each is read in its direction."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    options = dict(MODES[mode])
    language = options.pop("language", "en")
    watched = visit(**options)
    if language != "en":
        _switch(watched, language)
    for name, path in addresses(site).items():
        page = watched.go(path, 404 if name == "error" else 200)
        for folded in page.locator("#table details").all()[:3]:
            folded.evaluate("e => { e.open = true }")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        sideways = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert sideways <= 0, f"{name} scrolls sideways by {sideways} px"
        found = axe.run(page).response["violations"]
        serious = [
            (v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found if v["impact"] in AXE_SERIOUS
        ]
        assert not serious, f"{name}: {serious}"
    watched.forgive(404)


def test_from_question_to_download(visit, site):
    """Ask, watch the stages move, open the report, unfold evidence, download the run's own bytes, compare."""
    watched = visit()
    page = watched.go("/")
    page.get_by_role("link", name="Ask", exact=True).click()
    ask(page, QUESTION, max_claims=3)
    page.wait_for_url("**/jobs/*")
    seen = follow(page)
    assert len(seen) >= 3, f"the stages did not move: {seen}"
    page.get_by_role("link", name="Open the report").click()
    page.wait_for_url("**/runs/*")
    unfold(page, 0)
    with page.expect_download() as download:
        page.locator(".downloads a", has_text="JSON").click()
    run = site.home / "runs" / page.url.split("/runs/")[1].split("?")[0].split("#")[0]
    data = download.value.path().read_bytes()
    assert json.loads(data)["form"] == "synthesis-report/1"
    written = run / "outputs" / "report.json"
    assert not written.exists() or data == written.read_bytes()
    page.locator("#before").select_option(index=0)
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare?*")
    assert page.locator("#verdicts").is_visible()
    assert page.locator("table.changes tbody tr").count() or page.get_by_text("No verdict differs").count()


def test_downloads_are_the_bytes_of_the_run(visit, site):
    """Each format that a run was written in comes back byte for byte."""
    watched = visit()
    page = watched.go("/")
    path = page.locator(".runs h3 a").last.get_attribute("href")
    outputs = site.home / path.lstrip("/") / "outputs"
    for written in sorted(outputs.iterdir()):
        answer = page.context.request.get(f"{site.origin}{path}/download/{written.suffix[1:]}")
        assert answer.ok
        assert answer.body() == written.read_bytes(), written.name
        assert answer.headers["content-disposition"].startswith("attachment")


def test_the_evidence_of_any_verdict_is_two_clicks_away(visit):
    """A reader new to it: from the library, click a report, click a claim's line; its quotes are there to read."""
    watched = visit()
    watched.go("/")
    n_reports = watched.page.locator(".runs h3 a").count()
    assert n_reports >= 2
    for number in range(n_reports):
        page = watched.go("/")
        page.locator(".runs h3 a").nth(number).click()  # the first click
        lines = page.locator("#table .more summary")
        for line in range(min(lines.count(), 4)):
            page.reload()
            unfold(page, line)  # the second
    claim = watched.page.locator("#table th a").first
    claim.click()  # and from the report page the claim's own page is one click
    watched.page.wait_for_url("**/claims/*")
    assert watched.page.locator("section.side").first.is_visible()


def test_a_table_comes_back_verified(visit, tmp_path):
    """Upload a CSV of claims, one with an Arabic text: a row a claim; without a stream of events, too."""
    table = tmp_path / "טענות.csv"
    table.write_text(
        "claim,note\n"
        '"Hybrid batches raise the multilingual mAP of XLM-R on XQuAD-R.",mine\n'
        '"يحسن التدريب على دفعات مختلطة استرجاع المعلومات.",ours\n',
        encoding="utf-8",
    )
    watched = visit()
    watched.page.route(
        "**/events", lambda route: route.fulfill(status=503)
    )  # then the page asks now and again
    page = watched.go("/verify")
    page.get_by_label("A file").set_input_files(table)
    page.get_by_label("demo").check()
    page.get_by_role("button", name="Verify").click()
    page.wait_for_url("**/jobs/*")
    follow(page)
    page.get_by_role("link", name="Open the verified table").click()
    page.wait_for_url("**/runs/*")
    assert page.locator("#table > tbody").count() == 2
    assert page.locator("#table th bdi[lang=und-Arab]").count() == 1
    unfold(page, 0)
    watched.forgive(503)


def test_a_table_of_nothing_is_sent_back_with_the_reason(visit):
    """Nothing handed in: the form comes back and says at the field what is missing."""
    watched = visit()
    page = watched.go("/verify")
    page.get_by_role("button", name="Verify").click()
    page.wait_for_load_state()
    assert page.get_by_role("alert").is_visible()
    assert page.locator("[aria-invalid=true]").count() == 1
    watched.forgive(422)


def test_by_keys_alone(visit):
    """Tab, Enter, Space and arrows lead from the library to a question asked, a report, its evidence, and back."""
    watched = visit()
    page = watched.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    _tab_to(page, ".runs h3 a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*")
    _tab_to(page, "#table summary")
    first = page.evaluate("document.activeElement.closest('tbody').id")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tbody').id") != first
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    assert page.locator(f"#{first} details").get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert page.locator(f"#{first} details").get_attribute("open") is None
    page.keyboard.press("Enter")
    assert page.locator(f"#{first} .side").first.is_visible()
    watched.go("/ask")
    _tab_to(page, "#question")
    page.keyboard.type("Does hybrid training reduce bias?")
    _tab_to(page, "input[name=sources][value=demo]")
    page.keyboard.press("Space")
    _tab_to(page, "#max_claims")
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    _tab_to(page, ".form button.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*")
    _tab_to(page, "#progress button")
    page.keyboard.press("Enter")
    ended(page)
    assert page.locator("#progress").get_attribute("data-state") in {"stopped", "done"}


def _tab_to(page, selector):
    """Press Tab until the focus, seen by its outline, is on what ``selector`` names."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"Tab never came to {selector}")


def test_the_claims_are_filtered_as_one_types(visit):
    """The table follows every field at once and counts; the address keeps what was asked for, and the server agrees."""
    watched = visit()
    page = watched.go("/")
    page.locator(".runs h3 a").last.click()
    rows = page.locator("#table > tbody").evaluate_all("rows => rows.map(row => ({ ...row.dataset }))")
    verdict, least, order = (page.locator(f"#filter [name={name}]") for name in ("label", "least", "sort"))

    def shown():
        return page.locator("#table > tbody:not([hidden])").evaluate_all(
            "rows => rows.map(r => r.dataset.number)"
        )

    assert len(rows) >= 3
    for label in ("SUPPORTED", "REFUTED", "CONFLICTING", "NOT_ENOUGH_INFO"):
        verdict.select_option(label)
        assert shown() == [row["number"] for row in rows if row["label"] == label]
    verdict.select_option("")
    ranked = sorted(rows, key=lambda row: -float(row["confidence"]))
    order.select_option("confidence")
    assert shown() == [row["number"] for row in ranked]
    least.fill(ranked[1]["confidence"])
    assert shown() == [
        row["number"] for row in ranked if float(row["confidence"]) >= float(ranked[1]["confidence"])
    ]
    assert page.locator("#count").inner_text().startswith(f"{len(shown())} ")
    least.blur()  # the address changes when a field is left
    by_script = shown()
    page.reload()
    assert shown() == by_script
    page.locator("#filter [name=text]").fill("no claim says this")
    assert shown() == []
    assert page.locator("#nothing").is_visible()
    page.get_by_role("link", name="All claims").click()
    page.locator("#filter [name=text]").fill(page.locator("#table th a").last.inner_text().upper())
    assert shown() == [rows[-1]["number"]]


def test_without_a_script(visit):
    """Reading, filtering and unfolding work where no script runs."""
    watched = visit(java_script_enabled=False)
    page = watched.go("/")
    page.locator(".runs h3 a").last.click()
    page.locator("#table summary").first.click()
    assert page.locator("#table .side").first.is_visible()
    label = page.locator("#table > tbody").first.get_attribute("data-label")
    page.locator("#filter [name=label]").select_option(label)
    page.get_by_role("button", name="Show").click()
    assert f"label={label}" in page.url
    assert page.locator("#table > tbody:not([hidden])").count() >= 1


def test_a_job_goes_on_when_its_page_is_closed(visit):
    """Without a script a job's page asks again by itself; once it is closed, the report still comes to the library."""
    watched = visit(java_script_enabled=False)
    page = watched.go("/ask")
    ask(page, "Does hybrid training reduce bias in search?", max_claims=1)
    page.wait_for_url("**/jobs/*")
    address = page.url
    with page.expect_navigation(timeout=10_000):
        pass  # by the page itself
    page.goto("about:blank")
    deadline = time.monotonic() + 90
    while (state := page.context.request.get(f"{address}/state").json())["state"] in {"waiting", "running"}:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert state["state"] == "done", state
    page = watched.go("/")
    assert page.locator(f".runs a[href='/runs/{state['run']}']").count() == 1


def test_the_theme_is_switched_and_kept(visit):
    """The button turns dark to light, and the next page is as the reader left it."""
    watched = visit(color_scheme="dark")
    page = watched.go("/")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.get_by_role("link", name="Calibration").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_text_from_right_to_left(visit):
    """Arabic words of the form, Arabic and Hebrew titles: each runs in its own direction, the page in its own."""
    watched = visit()
    _switch(watched, "ar")
    page = watched.page
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    bar, words = page.locator(".brand").bounding_box(), page.locator(".settings").bounding_box()
    assert bar["x"] > words["x"], "the bar is not mirrored"
    page.locator(".runs h3 a", has=page.locator("bdi[lang=und-Arab]")).click()
    page.wait_for_url("**/runs/*")
    titles = page.locator(".references cite bdi")
    directions = {t.inner_text()[:1]: t.evaluate("e => getComputedStyle(e).direction") for t in titles.all()}
    assert directions
    assert set(directions.values()) == {"rtl"}
    english = page.locator("h1 bdi").inner_text()
    assert re.search("[\u0600-\u06ff]", english)


def test_a_stranger_is_told_how_to_come_in(browser, site):
    """Without a session there is only the page that says where the link is."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.origin + "/")
    assert "synthesis serve" in page.locator("main").inner_text()
    assert page.locator("nav").count() == 0
    context.close()
