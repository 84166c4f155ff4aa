"""What is too large, too slow, too many, or leads elsewhere: case 71 over real sockets."""

import socket
import time

import pytest
from web_server import FORM, Reader, drain, make_runs, serving

from synthesis.records import bytes_sha256
from synthesis.store import Home
from synthesis.web import bodies, connections
from synthesis.web.bodies import display_name, suffix_of

SECRET = b"canary outside of the home"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with two runs, and links in it that lead out."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "outside").mkdir()
    (folder / "outside" / "secret.md").write_bytes(SECRET)
    home = Home(folder / "home").prepare()
    for name in make_runs(home):
        (home.runs / name / "linked").symlink_to(folder / "outside")
    (home.runs / "linked").symlink_to(folder / "outside")
    (home.runs / "alias").symlink_to(home.runs / name)
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


# ------------------------------------------------------------------ paths


@pytest.mark.parametrize(
    "path",
    [
        "/runs/..",
        "/runs/../../outside",
        "/runs/..%2f..%2foutside",
        "/runs/%2e%2e%2f%2e%2e%2foutside",
        "/runs/..%5c..%5coutside",
        "/runs/%252e%252e",
        "/runs/linked",
        "/runs/alias",
        "/runs/.",
        "/runs/%00",
        "/runs/%ff%fe",
        "/runs/" + "a" * 5000,
        "/runs/{run}/download/..%2frun.json",
        "/runs/{run}/download/../run.json",
        "/runs/{run}/download/linked%2fsecret.md",
        "/runs/{run}/download/secret",
        "/runs/{run}%2f..%2f{run}",
        "/runs/{run}/claims/-1",
        "/runs/{run}/claims/0",
        "/runs/{run}/claims/999999999999999999999999",
        "/jobs/..",
        "/jobs/..%2f..%2fruns",
        "/jobs/..%2f..%2fruns/state",
        "/static/..%2f..%2fpyproject.toml",
        "/static/../report.css",
        "/files/..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
    ],
)
def test_no_path_leads_out(home, reader, path):
    """Case 71: dots, encoded or not, links and odd bytes in any place of an address give a plain 404."""
    run = next(home.iter_runs()).folder.name
    answer = reader.get(path.format(run=run))
    assert answer.status == 404
    assert SECRET not in answer.body


def test_links_in_the_folder_of_runs_are_no_runs(reader):
    """Case 71: a link in the place of a run is neither listed nor opened, wherever it leads."""
    page = reader.get("/").text
    assert "/runs/linked" not in page
    assert "/runs/alias" not in page


def test_a_linked_output_is_not_sent(home, reader):
    """Case 71: an output that is a link is not followed, even where the manifest vouches for what it leads to."""
    run = next(home.iter_runs())
    written = run.folder / "outputs" / "report.md"
    whole = reader.get(f"/runs/{run.folder.name}/download/md").body
    assert whole == written.read_bytes()
    manifest = run.folder / "run.json"
    (artefact,) = run.manifest.outputs
    forged = manifest.read_text().replace(artefact.sha256, bytes_sha256(SECRET))
    manifest.write_text(forged)
    written.unlink()
    written.symlink_to(home.root.parent / "outside" / "secret.md")
    with serving(home) as fresh:
        answer = fresh.reader().get(f"/runs/{run.folder.name}/download/md")
    assert answer.body == whole  # made from the record


@pytest.mark.parametrize(
    ("given", "shown", "suffix"),
    [
        ("claims.csv", "claims.csv", ".csv"),
        ("../../etc/passwd", "passwd", ".txt"),
        ("..\\..\\boot.ini", "boot.ini", ".txt"),
        ("/etc/cron.d/x.PDF", "x.PDF", ".pdf"),
        ("", "", ".txt"),
        ("...", "", ".txt"),
        ("a\x00b\r\nc.csv", "a b c.csv", ".csv"),
        ("\ud800x.md", "�x.md", ".md"),
        ("x.csv.exe", "x.csv.exe", ".txt"),
        ("n" * 300 + ".csv", "n" * 116 + ".csv", ".csv"),
    ],
)
def test_names_of_files_are_words_only(given, shown, suffix):
    """Case 71: a file's name loses its folders and what is no character; what it is stored as is one of a list."""
    assert display_name(given) == shown
    assert suffix_of(display_name(given)) == suffix


# ------------------------------------------------------------------ sizes


def test_a_huge_upload_is_refused_early(server, reader):
    """Case 71: a body that says it is too large is refused before a byte of it is read."""
    cookie = "; ".join(f"{k}={v}" for k, v in reader.cookies.items())
    head = "".join(
        f"{name}: {value}\r\n"
        for name, value in {
            "Host": reader.host,
            "Cookie": cookie,
            "Content-Length": 10 << 40,
            **reader.own_headers("multipart/form-data; boundary=b"),
        }.items()
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(f"POST /verify HTTP/1.1\r\n{head}\r\n".encode())
        assert connection.recv(20).startswith(b"HTTP/1.1 413")


def test_an_upload_without_a_length_is_cut_off(server, reader, monkeypatch):
    """Case 71: a body in pieces is counted as it comes, and refused at the limit."""
    monkeypatch.setattr(bodies, "MAX_FORM_BYTES", 10_000)
    cookie = "; ".join(f"{k}={v}" for k, v in reader.cookies.items())
    own = {"Host": reader.host, "Cookie": cookie, "Transfer-Encoding": "chunked", **reader.own_headers(FORM)}
    head = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    pieces = b"".join(b"3e8\r\n" + b"a" * 1000 + b"\r\n" for _ in range(20))
    answer = server.raw(f"POST /ask HTTP/1.1\r\n{head}\r\n".encode() + pieces, seconds=2)
    assert answer.startswith(b"HTTP/1.1 413")


def bytes_taken(connection):
    """How much the other side takes before it cuts the line."""
    sent = 0
    try:
        while sent < 100 << 20:
            sent += connection.send(b"a" * 65536)
    except ConnectionError:
        pass
    return sent


def test_a_refused_body_is_not_read_for_ever(server, reader, monkeypatch):
    """Case 71: after a refusal a little of the body is let go by, so that the answer arrives; then the line is cut."""
    monkeypatch.setattr(connections, "_MAX_DISCARDED_BYTES", 100_000)
    cookie = "; ".join(f"{k}={v}" for k, v in reader.cookies.items())
    own = {"Host": reader.host, "Cookie": cookie, "Content-Length": 1 << 40, **reader.own_headers(FORM)}
    head = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(f"POST /ask HTTP/1.1\r\n{head}\r\n".encode())
        assert connection.recv(20).startswith(b"HTTP/1.1 413")
        assert bytes_taken(connection) < 20 << 20  # what the kernels' buffers take


def test_a_multipart_bomb_is_refused(reader):
    """Case 71: thousands of fields, files or headers, or one enormous field, are refused; nothing is stored."""

    def send(body):
        return reader.send("POST", "/verify", reader.own_headers("multipart/form-data; boundary=b"), body)

    def part(name, value=b"x", more=b""):
        return (
            b'--b\r\nContent-Disposition: form-data; name="'
            + name
            + b'"'
            + more
            + b"\r\n\r\n"
            + value
            + b"\r\n"
        )

    end = b"--b--\r\n"
    csrf = part(b"csrf", reader.csrf().encode())
    bombs = [
        csrf + b"".join(part(b"f%d" % i) for i in range(100_000)) + end,
        csrf + b"".join(part(b"table", more=b'; filename="%d"' % i) for i in range(5000)) + end,
        csrf + part(b"text", b"a" * (8 << 20)) + end,
        csrf
        + part(b"table", more=b'; filename="a"' + b"".join(b"\r\nX-%d: y" % i for i in range(10_000)))
        + end,
        csrf + part(b"table", more=b'; filename="' + b"a" * 100_000 + b'"') + end,
        b"--b\r\n\r\n" * 1000,
    ]
    for bomb in bombs:
        started = time.monotonic()
        assert send(bomb).status in {400, 403, 413}
        assert time.monotonic() - started < 10
    boundless = reader.send("POST", "/verify", reader.own_headers("multipart/form-data"), csrf + end)
    assert boundless.status == 400


def test_a_form_of_a_million_fields_is_refused(reader):
    """Case 71: the other encoding of forms is bounded too."""
    body = f"csrf={reader.csrf()}&".encode() + b"&".join(b"a=1" for _ in range(60_000))
    assert reader.send("POST", "/ask", reader.own_headers(FORM), body).status == 400


def test_long_headers_are_refused(server, reader):
    """Case 71: headers of a megabyte, or a request line of one, get 431 or no answer, and soon."""
    started = time.monotonic()
    own = f"GET / HTTP/1.1\r\nHost: {reader.host}\r\n".encode()
    for request in (
        own + b"X: " + b"a" * (1 << 20) + b"\r\n\r\n",
        own + b"".join(b"X-%d: a\r\n" % i for i in range(100_000)) + b"\r\n",
        b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n",
        own + b"Connection: close\r\nCookie: " + b"a=b;" * 5000 + b"\r\n\r\n",
    ):
        answer = server.raw(request)
        assert not answer or answer.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
    assert time.monotonic() - started < 5
    assert reader.get("/").status == 200


def test_a_client_that_leaves_is_no_fault(server, reader, caplog):
    """Case 71: a form that breaks off half way is dropped, and the terminal shows no traceback of it."""
    cookie = "; ".join(f"{k}={v}" for k, v in reader.cookies.items())
    own = {"Host": reader.host, "Cookie": cookie, "Content-Length": 1000, **reader.own_headers(FORM)}
    head = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(f"POST /ask HTTP/1.1\r\n{head}\r\ncsrf=".encode())
        assert reader.get("/").status == 200
    for _ in range(10):
        assert reader.get("/").status == 200
    assert "Exception" not in caplog.text


def test_noise_is_answered_or_cut(server, reader):
    """Case 71: what is no HTTP, smuggles, or stops half way, gets 400 or nothing, and the server goes on."""
    host = f"Host: {reader.host}\r\n".encode()
    for noise in (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"\x00" * 1000,
        b"GET / HTTP/9.9\r\n" + host + b"\r\n",
        b"GET / HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + host + b"X\x00: y\r\n\r\n",
    ):
        answer = server.raw(noise, seconds=1)
        assert not answer or answer[9:12] in {b"400", b"403", b"411", b"421", b"431", b"501", b"505"}
    assert reader.get("/").status == 200


# ------------------------------------------------------------------ many, and slow


def test_a_thousand_idle_connections_leave_room(server, reader):
    """Case 71: a thousand connections that say nothing do not keep a reader out; the oldest of them are closed."""
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(1000)]
    try:
        for _ in range(5):
            assert reader.get("/").status == 200
        closed = 0
        for connection in idle:
            connection.setblocking(False)
            try:
                closed += connection.recv(1) == b""
            except BlockingIOError:
                pass
            except ConnectionError:
                closed += 1
        assert closed >= 400
    finally:
        for connection in idle:
            connection.close()


def seconds_kept(connection, trickle, at_most=8):
    """For how long the other side keeps a connection on which bytes only trickle."""
    started = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() - started < at_most:
        try:
            connection.sendall(trickle)
            if connection.recv(65536) == b"":
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    return time.monotonic() - started


def test_a_head_that_does_not_end_is_cut(home, monkeypatch):
    """Case 71: a byte of a header now and then does not keep a connection; nor does silence, nor a second request."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    with serving(home) as server:
        for begun in (b"", b"GET / HTTP/1.1\r\n"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
                connection.sendall(begun)
                assert seconds_kept(connection, b"X" if begun else b"") < 3
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(
                f"GET /static/app.css HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\nGET".encode()
            )
            assert drain(connection).startswith(b"HTTP/1.1 200")  # ends, as the second head never does


def test_a_body_that_does_not_come_is_given_up(home, monkeypatch):
    """Case 71: a body that stalls, or comes a byte at a time for too long, ends with 408; others are served meanwhile."""
    with serving(home) as server:
        reader = server.reader()
        cookie = "; ".join(f"{k}={v}" for k, v in reader.cookies.items())
        own = {"Host": reader.host, "Cookie": cookie, "Content-Length": 1000, **reader.own_headers(FORM)}
        head = "".join(f"{name}: {value}\r\n" for name, value in own.items())
        for trickle in (False, True):
            monkeypatch.setattr(bodies, "CHUNK_SECONDS", 30 if trickle else 0.4)
            monkeypatch.setattr(bodies, "BODY_SECONDS", 1.0 if trickle else 30)
            started = time.monotonic()
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
                connection.sendall(f"POST /ask HTTP/1.1\r\n{head}\r\n".encode())
                for _ in range(6 if trickle else 0):
                    connection.sendall(b"a")
                    assert reader.get("/static/app.css").status == 200
                    time.sleep(0.2)
                assert drain(connection).startswith(b"HTTP/1.1 408")
            assert time.monotonic() - started < 4


def is_open(connection):
    """Whether the other side still takes bytes."""
    try:
        connection.sendall(b"GET")
    except ConnectionError:
        return False
    return True


def test_a_reader_that_does_not_read_is_cut(home, monkeypatch):
    """Case 71: who asks for pages and reads none does not hold the server's memory for ever."""
    monkeypatch.setattr(connections, "WRITE_SECONDS", 0.5)
    with serving(home) as server:
        request = f"GET /static/app.css HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(request * 2000)  # 40 MB of answers
            started = time.monotonic()
            while is_open(connection) and time.monotonic() - started < 10:
                time.sleep(0.1)
            assert time.monotonic() - started < 5
        assert Reader(server.port).get("/static/app.css").status == 200
