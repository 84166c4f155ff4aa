"""``pytest --live``: our fixtures held against the real hosts; and that recording itself is sound."""

from __future__ import annotations

import json

import pytest
from loopback import FakeTime, LoopbackServer, respond
from record import QUESTIONS, SERVICES, UNASKED, lacking, record, store
from recording_routes import outcome
from recordings import OWN, Recording, read_recordings

from synthesis.errors import SourceError
from synthesis.network.client import Client
from synthesis.network.messages import Service


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The real client; one for all questions, so that each host is asked at its pace."""
    with Client(state=tmp_path_factory.mktemp("state")) as running:
        yield running


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.fixture)
def test_real_host_answers_as_the_fixture(question, client, request):
    """What we read of an answer is in the real one too; answers without works are recorded anew."""
    if not request.config.getoption("--live"):
        pytest.skip("asks the real hosts: run pytest --live")
    path = OWN / f"{question.fixture}.json"
    (own,) = read_recordings(path)
    try:
        live = record(client, question.url, SERVICES[own.place.hostname])
    except SourceError as error:
        pytest.skip(f"the host gives no answer now: {error}")
    assert outcome(live).kind == outcome(own).kind
    if question.needed:
        assert not lacking(live, question.needed)
    else:
        store(Recording(own.name, own.url, live.status, live.headers, live.body), path)


def test_questions_are_of_fixtures():
    """Each question is for a fixture that is there and asks its host; what is needed of it is in the fixture."""
    for question in QUESTIONS:
        (own,) = read_recordings(OWN / f"{question.fixture}.json")
        assert question.url.split("/")[2] == own.place.hostname
        if question.needed:
            assert not lacking(own, question.needed)
    assert all((OWN / name).is_dir() or (OWN / f"{name}.json").is_file() for name in UNASKED)
    assert not UNASKED.keys() & {question.fixture for question in QUESTIONS}


def test_record_keeps_errors_and_no_more_than_is_needed(tmp_path):
    """An error is recorded with its status and its telling headers, and reads back as what it was."""
    body = b'{"error": "Invalid filter", "message": "No."}'
    fake = FakeTime()
    with LoopbackServer(
        respond(body, 400, Content_Type="application/json", Set_Cookie="session=1", X_Rate_Limit_Limit="5")
    ) as server:
        service = Service("openalex", "OpenAlex", 0.1, SERVICES["api.openalex.org"].diagnose)
        with Client(state=tmp_path / "state", gate=server.gate, time=fake.clockwork) as client:
            found = record(client, f"{server.origin}/works?filter=x:1", service)
    assert found.headers == {"content-type": "application/json", "x-rate-limit-limit": "5"}
    store(found, tmp_path / "x.json")
    (again,) = read_recordings(tmp_path / "x.json")
    assert (again.url, again.status, again.headers) == (found.url, 400, found.headers)
    assert json.loads(again.body) == json.loads(body)
    assert "session" not in (tmp_path / "x.json").read_text()


def test_lacking_names_what_is_gone():
    """A field that an answer no longer has is named by its path; null in the place of an object is no loss."""
    body = json.dumps(
        {"results": [{"id": 1, "place": None}, {"id": 2, "place": {"name": 3}}], "meta": {}}
    ).encode()
    answer = Recording("x", "https://example.org", 200, {}, body)
    assert lacking(answer, "results[].id results[].place.name") == []
    assert lacking(answer, "meta.count results[].doi meta[].x") == ["meta.count", "results[].doi", "meta[].x"]


def test_text_is_stored_as_text(tmp_path):
    """An answer that is not JSON is stored as it reads."""
    store(
        Recording("x", "https://example.org", 404, {"content-type": "text/plain"}, "nö".encode()),
        tmp_path / "x.json",
    )
    assert read_recordings(tmp_path / "x.json")[0].body.decode() == "nö"
