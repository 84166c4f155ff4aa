"""Which addresses may be asked."""

from __future__ import annotations

import ipaddress
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.errors import SourceUnavailableError
from synthesis.network import addresses
from synthesis.network.addresses import AddressGate, AddressRefusedError, is_public, parse_target

PUBLIC = "93.184.215.14"


def _resolver(*answers: list[str]):
    """A resolver that gives each answer once, then the last for ever."""
    given_so_far: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        given_so_far.append(f"{host}:{port}")
        return answers[min(len(given_so_far), len(answers)) - 1]

    return resolve, given_so_far


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:6666\\@arxiv.org/",
        "http:\\\\arxiv.org/",
        "http://arxiv.org/a\\..\\b",
        "http://arxiv.org@127.0.0.1/",
        "http://user:word@arxiv.org/",
        "http://arxiv.org./abs/1",
        "http://arxiv.org%2e/",
        "http://аrxiv.org/",  # a Cyrillic a
        "http://xn--rxiv-53d.org/",  # the same, written in ASCII
        "http://аррӏе.com/",
        "http://arxiv。org/",
        "http://ａrxiv.org/",
        "http://arxiv.org/\r\nHost: evil.example",
        "http://arxiv.org\t/",
        "http://arxiv .org/",
        " http://arxiv.org/",
        "http://arxiv.org/\x00",
        "http://arxiv.org:80:80/",
        "http://arxiv.org:/",
        "http://arxiv.org:99999999/",
        "http:///abs",
        "http:arxiv.org",
        "//arxiv.org/",
        "http://-a.org/",
        "http://a..org/",
        f"http://{'a' * 64}.org/",
        f"http://{'a.' * 130}org/",
        f"http://arxiv.org/{'a' * 5000}",
        "http://[::1%25eth0]/",
        "http://[arxiv.org]/",
        "http://[::1/",
        "",
    ],
)
def test_ambiguous_urls_are_refused(url: str) -> None:
    """Case 16: users, backslashes, control characters, trailing dots, look-alikes and broken hosts are no addresses."""
    with pytest.raises(AddressRefusedError, match="is not asked: it "):
        parse_target(url)


def test_a_refusal_says_what_is_wrong() -> None:
    """A refused address is shown, shortened and printable, with the reason."""
    for url, reason in [
        ("http://user:word@arxiv.org/", "names a user before its host"),
        (
            "http://arxiv.org\n/",
            "the address http://arxiv.org\ufffd/ is not asked: it holds control characters",
        ),
        ("http://0x7f.1/", "names no plain host"),
        ("ftp://arxiv.org/" + "x" * 3000, "xxx… is not asked: it is not http or https"),
    ]:
        with pytest.raises(AddressRefusedError) as caught:
            parse_target(url)
        assert reason in str(caught.value)
        assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://arxiv.org/x.pdf",
        "data:text/html,x",
        "jar:http://arxiv.org/x.jar!/y",
        "javascript:alert(1)",
        "gopher://arxiv.org/",
        "httpx://arxiv.org/",
        "view-source:http://arxiv.org/",
    ],
)
def test_other_schemes_are_refused(url: str) -> None:
    """Case 18: only http and https are asked."""
    with pytest.raises(AddressRefusedError, match="is not http or https"):
        parse_target(url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "255.255.255.255", "198.18.0.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "127.1"),
        *("0x7f000001", "[::1]", "[::]", "[::ffff:10.0.0.1]", "[::ffff:7f00:1]", "[::10.0.0.1]", "[fe80::1]"),
        *(
            "[fc00::1]",
            "[fec0::1]",
            "[64:ff9b::a00:1]",
            "[2002:a00:1::]",
            "[ff0e::1]",
            "localhost",
            "intranet",
        ),
    ],
)
def test_private_hosts_are_refused(host: str) -> None:
    """Case 15: loopback, private, link-local and other addresses that are not public are refused in every spelling."""
    gate = AddressGate(lambda *_: [PUBLIC])
    with pytest.raises(AddressRefusedError):
        gate.addresses(parse_target(f"http://{host}/"))


@pytest.mark.parametrize("port", [1, 22, 8080, 6666, 65535])
def test_other_ports_are_refused(port: int) -> None:
    """Case 15: only ports 80 and 443 are asked."""
    gate = AddressGate(lambda *_: [PUBLIC])
    with pytest.raises(AddressRefusedError, match=f"names port {port}; only 80 and 443 are asked"):
        gate.addresses(parse_target(f"https://arxiv.org:{port}/"))


@pytest.mark.parametrize(
    ("url", "rebuilt"),
    [
        ("HTTPS://Export.ArXiv.org", "https://export.arxiv.org/"),
        ("https://arxiv.org:443/abs/1?a=b&c=%20#part", "https://arxiv.org/abs/1?a=b&c=%20"),
        ("http://arxiv.org?x=1", "http://arxiv.org/?x=1"),
        ("https://repo.example/My paper é.pdf", "https://repo.example/My%20paper%20%C3%A9.pdf"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://例え.jp/", "https://xn--r8jz45g.jp/"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("http://[2606:4700::1111]:80/", "http://[2606:4700::1111]/"),
        ("https://doi.org/10.1000/(x)[y];z", "https://doi.org/10.1000/(x)[y];z"),
    ],
)
def test_plain_urls_are_put_together_again(url: str, rebuilt: str) -> None:
    """Plain addresses come through in one form: lower case, ASCII, escaped, no fragment, no port of its own."""
    assert parse_target(url).url == rebuilt


@given(st.text() | st.from_regex(r"https?://[\w.@:\\\[\]%-]{0,20}[/?#]?.{0,10}"))
def test_every_parser_sees_the_host_that_was_checked(url: str) -> None:
    """Whatever a URL holds, it is refused, or urllib and httpx read the rebuilt one as it was checked."""
    try:
        target = parse_target(url)
    except AddressRefusedError:
        return
    for address in (None, "93.184.215.14", "2606:4700::1111"):
        rebuilt = f"{target.origin_at(address)}{target.path}"
        assert rebuilt.isascii()
        assert rebuilt.isprintable()
        assert " " not in rebuilt
        assert urlsplit(rebuilt).hostname == httpx.URL(rebuilt).raw_host.decode() == (address or target.host)
        assert (urlsplit(rebuilt).port, urlsplit(rebuilt).username) == (target.port, None)
    assert parse_target(target.url) == target


@given(st.ip_addresses())
def test_public_addresses_are_global_ones(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """What is let through is global by the standard library, which knows IANA's registries, and no multicast."""
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
    mapped = ipaddress.IPv6Address(f"::ffff:{address}") if address.version == 4 else None
    assert mapped is None or not is_public(str(mapped)) or is_public(str(address))


def test_a_name_is_resolved_once() -> None:
    """Case 17: a name that leads to a public address first and to loopback later is connected to at the first."""
    resolve, asked = _resolver([PUBLIC], ["127.0.0.1"])
    assert AddressGate(resolve).addresses(parse_target("https://rebind.example/x")) == (PUBLIC,)
    assert asked == ["rebind.example:443"]


@pytest.mark.parametrize(
    "private", ["127.0.0.1", "::1", "10.1.2.3", "::ffff:192.168.0.1", "nonsense", "fe80::1%eth0"]
)
def test_every_address_of_a_name_is_checked(private: str) -> None:
    """Case 17: one address that is not public, among others that are, refuses the name."""
    resolve, _ = _resolver([PUBLIC, private])
    with pytest.raises(AddressRefusedError, match=r"leads to .*, which is not a public address"):
        AddressGate(resolve).addresses(parse_target("https://mixed.example/"))


@pytest.mark.parametrize(
    "answer", [[], socket.gaierror(-2, "Name or service not known"), UnicodeError("label")]
)
def test_names_without_address_are_unreachable(answer: object) -> None:
    """A name without an address, as without a network, is a typed error that names the host."""

    def resolve(_host: str, _port: int) -> list[str]:
        if isinstance(answer, Exception):
            raise answer
        return []

    with pytest.raises(SourceUnavailableError, match=r"gone\.example cannot be reached"):
        AddressGate(resolve).addresses(parse_target("https://gone.example/"))


def test_slow_resolution_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Case 5: a resolver that does not answer is left after its time."""
    monkeypatch.setattr(addresses, "RESOLVE_SECONDS", 0.1)

    def resolve(_host: str, _port: int) -> list[str]:
        time.sleep(1)
        return [PUBLIC]

    started = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=r"not resolved within 0\.1 s"):
        AddressGate(resolve).addresses(parse_target("https://slow.example/"))
    assert time.monotonic() - started < 0.8


def test_allowed_hosts_are_asked_wherever_they_lie() -> None:
    """What a test allows is a pair of host and port; the same host on another port stays refused."""
    gate = AddressGate(allow=frozenset({("127.0.0.1", 4000)}))
    assert gate.addresses(parse_target("http://127.0.0.1:4000/")) == ("127.0.0.1",)
    with pytest.raises(AddressRefusedError):
        gate.addresses(parse_target("http://127.0.0.1:4001/"))
