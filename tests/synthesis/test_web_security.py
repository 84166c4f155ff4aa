"""Who the web server speaks to: cases 68–70, 72 and 73 over real sockets."""

import re
import socket
import subprocess
import sys
import time

import pytest
from web_server import FORM, Reader, make_runs, serving

from synthesis.errors import UsageError
from synthesis.store import Home
from synthesis.web.security import Names
from synthesis.web.serving import listen
from synthesis.web.sessions import Sessions


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with two runs, one over a paper with a hostile title."""
    home = Home(tmp_path_factory.mktemp("home")).prepare()
    make_runs(home)
    return home


@pytest.fixture(scope="module")
def server(home):
    """A server of it."""
    with serving(home) as running:
        yield running


@pytest.fixture
def reader(server):
    """A browser with a session."""
    return server.reader()


def status_of(data):
    """The status of a raw answer."""
    return int(data.split(b" ", 2)[1]) if data else 0


# ------------------------------------------------------------------ case 68


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_own_names_with_the_own_port_are_served(server, reader, host):
    """Case 68: the loopback names with the server's port reach the page."""
    assert reader.get("/", Host=f"{host}:{server.port}").status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil:{port}",
        "localhost.evil.example:{port}",
        "evil-localhost:{port}",
        "localhost:{other}",
        "localhost",
        "127.0.0.1",
        "127.1:{port}",
        "2130706433:{port}",
        "user@127.0.0.1:{port}",
        "127.0.0.1:{port}, evil.example",
        "",
    ],
)
def test_other_names_are_refused_before_routing(server, reader, host):
    """Case 68: a foreign host, one that only ends like ours, another port or spelling gets 421, with or without a page."""
    name = host.format(port=server.port, other=server.port + 1)
    for path in ("/", "/static/app.css", "/no-such-page", f"/?token={server.token}"):
        answer = reader.get(path, Host=name)
        assert answer.status == 421
        assert "set-cookie" not in answer.headers
    assert server.token in server.link or server.told  # the link was not spent by it


def test_a_missing_host_is_refused(server):
    """Case 68: a request without Host, or with two, gets 421 in every version of HTTP, with the guarding headers."""
    for request in (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
        answer = server.raw(request)
        assert status_of(answer) == 421
        assert b"content-security-policy" in answer.lower()
    own = f"Host: 127.0.0.1:{server.port}\r\n".encode()
    assert status_of(server.raw(b"GET / HTTP/1.1\r\n" + own + own + b"\r\n")) == 421


def test_absolute_form_must_name_this_server(server, reader):
    """Case 68: a target in absolute form with another authority gets 421, with our own it is served."""
    cookie = "; ".join(f"{k}={v}" for k, v in reader.cookies.items())

    def ask(target):
        lines = (
            f"GET {target} HTTP/1.1\r\nHost: {reader.host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        )
        return server.raw(lines.encode())

    assert status_of(ask(f"http://evil.example:{server.port}/")) == 421
    assert status_of(ask("http://evil.example/")) == 421
    assert status_of(ask(f"http://127.0.0.1:{server.port}@evil.example/")) == 421
    assert status_of(ask(f"http://127.0.0.1:{server.port}/ask")) == 200
    assert b"<textarea" in ask(f"http://127.0.0.1:{server.port}/ask?q=1")
    assert status_of(ask("*")) == 400
    assert status_of(ask("ftp://127.0.0.1/")) == 400


def test_a_remote_server_answers_to_the_address_it_was_reached_by():
    """Case 68: with --allow-remote the address of the connection is a name, a domain that turns to it is not."""
    names = Names(8765, remote=True)
    assert names.know("192.0.2.7:8765", ("192.0.2.7", 8765))
    assert names.know("[2001:db8::1]:8765", ("2001:db8::1", 8765))
    assert not names.know("rebound.example:8765", ("192.0.2.7", 8765))
    assert not names.know("192.0.2.8:8765", ("192.0.2.7", 8765))
    assert not Names(8765).know("192.0.2.7:8765", ("192.0.2.7", 8765))


# ------------------------------------------------------------------ case 69


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://{host}"},
        {"Origin": "http://{host}.evil.example"},
        {"Origin": "http://{host}", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
)
def test_a_change_from_elsewhere_is_refused(reader, headers):
    """Case 69: a POST whose Origin is foreign, null or absent is refused, even with a session and the hidden field."""
    body = f"csrf={reader.csrf()}&language=fr&next=/".encode()
    sent = {"Content-Type": FORM, **{k: v.format(host=reader.host) for k, v in headers.items()}}
    answer = reader.send("POST", "/language", sent, body)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_a_change_from_an_own_page_is_taken(reader):
    """Case 69: a POST of our own origin is taken, also where the browser alone vouches for it."""
    body = f"csrf={reader.csrf()}&language=fr&next=/ask".encode()
    own = reader.own_headers(FORM)
    assert reader.send("POST", "/language", own, body).status == 303
    without = {k: v for k, v in own.items() if k != "Origin"}
    assert reader.send("POST", "/language", without, body).headers["location"] == "/ask"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "text/plain; x=multipart/form-data", "", None]
)
def test_other_encodings_are_refused(reader, kind):
    """Case 69: text/plain, JSON and no type at all are no forms of ours, whatever their body holds."""
    headers = {**reader.own_headers(FORM), "Content-Type": kind}
    answer = reader.send("POST", "/language", headers, f"csrf={reader.csrf()}&language=fr".encode())
    assert answer.status == 415


def test_a_form_needs_the_hidden_field(reader):
    """Case 69: a form of our own origin without the hidden field, or with a wrong one, changes nothing."""
    for body in (b"language=fr&next=/", b"csrf=&language=fr", b"csrf=wrong&language=fr&next=/"):
        answer = reader.send("POST", "/language", reader.own_headers(FORM), body)
        assert answer.status == 403
        assert "set-cookie" not in answer.headers


def test_reading_changes_nothing(home, reader):
    """Case 69: what changes something is not reached by GET or HEAD, nor by methods that no page uses."""
    before = sorted(p.name for p in home.state.rglob("*"))
    run = next(home.iter_runs()).folder.name
    for path in ("/jobs/x/stop", f"/runs/{run}/update", "/language"):
        assert reader.get(path).status in {404, 405}
    assert reader.get("/ask?question=Do+owls+hunt&csrf=x").status == 200
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert reader.send(method, f"/runs/{run}", reader.own_headers(FORM)).status == 405
    assert sorted(p.name for p in home.state.rglob("*")) == before


def test_other_sites_load_nothing(reader):
    """Case 69: a script, an image, a fetch or an event source of another site gets nothing, and no leave by CORS."""
    for mode in ("no-cors", "cors", "same-origin", "websocket"):
        for site in ("cross-site", "same-site"):
            answer = reader.get("/", Sec_Fetch_Site=site, Sec_Fetch_Mode=mode)
            assert answer.status == 403
    events = reader.get("/jobs/x/events", Origin="http://evil.example", Accept="text/event-stream")
    assert events.status == 403
    assert reader.get("/static/app.css", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403
    for answer in (
        reader.get("/"),
        reader.get("/", Origin="http://evil.example"),
        reader.send("OPTIONS", "/"),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_no_websocket_is_opened(reader):
    """Case 69: an upgrade is never made, whoever asks for it."""
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "eA==",
    }
    assert reader.get("/", **upgrade).status == 200
    assert reader.get("/", **upgrade, Origin="http://evil.example").status == 403


def test_a_link_of_another_site_is_followed_without_a_session(server):
    """Case 69: a navigation from elsewhere comes without our strict cookie, and is told how to get a link."""
    answer = Reader(server.port).get("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
    assert answer.status == 403
    assert "synthesis serve" in answer.text


# ------------------------------------------------------------------ case 70


def test_nothing_but_the_link_opens_a_session(server):
    """Case 70: without a token, or with a wrong one, there is a page that says how to get the link, and no cookie."""
    stranger = Reader(server.port)
    token = server.token
    wrong = ("", "x", token[:-1], token + "A", token.lower(), "%00", "a" * 10_000)
    for path in (
        "/",
        "/ask",
        "/runs/x",
        "/jobs/x/events",
        *(f"/?token={t}" for t in wrong),
        f"/ask?token={token}",
    ):
        answer = stranger.get(path)
        assert answer.status == 403
        assert "set-cookie" not in answer.headers
    many = "&".join(f"a{i}=1" for i in range(100))
    assert stranger.get(f"/?{many}&token={token}").status == 403
    assert stranger.send("HEAD", f"/?token={token}").status == 403
    for cookie in ("", "x", "a" * 5000, '"', ";" * 50, token):
        assert stranger.get("/", Cookie=f"synthesis-{server.port}={cookie}").status == 403
    assert server.token == token  # none of it spent the link


def test_a_link_opens_one_session_and_leads_to_a_clean_address(server):
    """Case 70: a token is spent by its first use; the session's cookie is kept from scripts and other sites."""
    token, stranger = server.token, Reader(server.port)
    answer = stranger.get(f"/?token={token}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert token not in answer.headers["set-cookie"]
    assert stranger.get("/").status == 200
    thief = Reader(server.port)
    assert thief.get(f"/?token={token}").status == 403
    assert thief.cookies == {}


def test_a_spent_link_still_shows_the_page_where_it_was_spent(server):
    """Case 70: who opens the link again in the same browser gets the page, and spends no other link by it."""
    token = server.token
    reader = server.reader()
    newest = server.token
    assert newest != token
    for again in (token, newest, "wrong"):
        answer = reader.get(f"/?token={again}")
        assert (answer.status, answer.headers["location"]) == (303, "/")
    assert server.token == newest


def test_a_new_link_is_printed_when_one_is_spent(server):
    """Case 70: whoever sits at the terminal can always open one more browser."""
    first = server.reader()
    second = server.reader()
    assert first.cookies != second.cookies
    assert first.get("/").status == second.get("/").status == 200


def test_the_token_stands_in_no_page_and_no_header(server):
    """Case 70: no page, redirect or header repeats the token, so no referrer and no history can hold it."""
    token = server.token
    reader = Reader(server.port)
    answers = [reader.get(f"/?token={token}")]
    answers += [reader.get(p) for p in ("/", "/ask", "/verify", "/compare", "/no-such-page")]
    for answer in answers:
        assert token not in answer.text
        assert token not in str(answer.headers)
    assert reader.get("/").headers["referrer-policy"] == "same-origin"  # nothing to other sites


def test_tokens_are_long_and_differ():
    """Case 70: a token has 256 bits, is compared by digest, and is of this start alone."""
    one, two = Sessions(), Sessions()
    tokens = {one.new_link() for _ in range(50)} | {two.new_link() for _ in range(50)}
    assert len(tokens) == 100
    assert all(len(token) >= 43 for token in tokens)
    assert two.exchange(one.new_link()) is None


def test_old_sessions_make_room():
    """Sessions are bounded; the one that was not used for longest ends first."""
    sessions = Sessions()
    first, second = sessions.exchange(sessions.new_link()), sessions.exchange(sessions.new_link())
    for _ in range(998):
        sessions.exchange(sessions.new_link())
    assert sessions.knows(first)
    sessions.exchange(sessions.new_link())
    assert sessions.knows(first)
    assert not sessions.knows(second)


def test_the_command_prints_links_and_logs_none(tmp_path):
    """Case 70: the process prints each link once, and no line of it repeats a token or a path that was asked for."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "synthesis.cli",
            "serve",
            "--port",
            "0",
            "--no-browser",
            "--home",
            str(tmp_path),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        link = process.stdout.readline()
        port, token = re.search(r":(\d+)/\?token=(\S+)", link).groups()
        reader = Reader(int(port))
        for _ in range(100):
            try:
                assert reader.get(f"/?token={token}").status == 303
                break
            except OSError:
                time.sleep(0.1)
        reader.get(f"/?token={token}")
        reader.get("/no-such-page?secret=canary")
        Reader(int(port)).get("/?token=wrong")
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=20)
    assert token not in rest
    assert "canary" not in rest
    assert "wrong" not in rest
    assert rest.count("?token=") == 1  # the next link
    assert "Ended." in rest


# ------------------------------------------------------------------ case 72


def test_every_answer_bears_the_guarding_headers(home, server, reader):
    """Case 72: pages, downloads, redirects, errors and refusals forbid scripts of others, framing and guessing types."""
    run = next(home.iter_runs()).folder.name
    stranger = Reader(server.port)
    answers = [
        *(
            reader.get(p)
            for p in ("/", "/ask", f"/runs/{run}", f"/runs/{run}/claims/1", "/static/app.js", "/no-page")
        ),
        *(reader.get(f"/runs/{run}/download/{fmt}") for fmt in ("html", "md", "json")),
        reader.get("/", Host="evil.example"),
        reader.get("/", If_None_Match=reader.get("/").headers["etag"]),
        reader.send("POST", "/language", {"Origin": "null"}),
        reader.send("DELETE", "/", reader.own_headers(FORM)),
        stranger.get("/"),
        stranger.get(f"/?token={server.token}"),
        reader.get("/", X="a" * 15_000 + "b" * 5000),
    ]
    assert {a.status for a in answers} >= {200, 303, 304, 403, 404, 405, 421, 431}
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "permissions-policy" in answer.headers
        assert answer.headers["cache-control"] in {"no-store", "private, no-cache"}
        assert "server" not in answer.headers


def test_titles_of_papers_are_inert(home, reader):
    """Case 72: a title that holds markup stands in every page as text."""
    run = max(r.folder.name for r in home.iter_runs())
    for path in ("/", f"/runs/{run}", f"/runs/{run}/claims/1", "/compare", f"/compare?before={run}"):
        page = reader.get(path)
        assert page.status == 200
        assert "<img src=x" not in page.text
        assert "<svg onload" not in page.text
        assert "&lt;img src=x" in page.text


def test_reports_are_downloaded_never_shown_in_place(home, reader):
    """Case 72: a report in HTML comes as a file, under a policy that runs nothing, whatever is in it."""
    run = next(home.iter_runs()).folder.name
    answer = reader.get(f"/runs/{run}/download/html")
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{run}.html"')
    assert "sandbox" in answer.headers["content-security-policy"]


# ------------------------------------------------------------------ case 73


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_let_in_only_on_request(host):
    """Case 73: an address that other machines reach is refused without --allow-remote, which the message names."""
    with pytest.raises(UsageError, match="--allow-remote"):
        listen(host, 0, allow_remote=False)


def test_with_leave_the_token_is_still_needed(tmp_path):
    """Case 73: bound to every address, a stranger is refused and the link's holder is served."""
    with serving(Home(tmp_path).prepare(), host="0.0.0.0", allow_remote=True) as server:
        assert Reader(server.port).get("/").status == 403
        assert server.reader().get("/").status == 200
        assert Reader(server.port).get("/", Host=f"evil.example:{server.port}").status == 421


def test_the_command_refuses_and_warns(tmp_path):
    """Case 73: the command refuses 0.0.0.0 with exit code 2, and with leave says what it means before it serves."""
    command = [
        sys.executable,
        "-m",
        "synthesis.cli",
        "serve",
        "--host",
        "0.0.0.0",
        "--home",
        str(tmp_path),
        "--no-browser",
    ]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert "--allow-remote" in refused.stderr
    assert "token" not in refused.stdout
    process = subprocess.Popen(
        [*command, "--port", "0", "--allow-remote"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    link = process.stdout.readline()
    process.terminate()
    _, warned = process.communicate(timeout=20)
    assert "?token=" in link
    assert "Whoever reaches this machine" in warned


def test_a_port_that_is_taken_is_explained():
    """The message names the port and another to try."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is taken.*--port"):
            listen("127.0.0.1", port, allow_remote=False)
