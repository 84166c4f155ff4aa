"""Which copies of a paper are tried, in which order, and what is planned for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from small_paper import metadata

from synthesis.fetching.candidates import candidates, refused_links
from synthesis.fetching.services import plan, service_name, service_of
from synthesis.records import Link, Section

PDF_HOST = "https://repository.example.org"


def link(url, form="pdf", version=None, source="openalex"):
    """A copy that a source names."""
    return Link(url=url, form=form, source=source, version=version)


def urls(paper, found=()):
    """The addresses of the candidates."""
    return [copy.url for copy in candidates(paper, found)]


def test_the_best_copy_comes_first():
    """LaTeX, arXiv's HTML, JATS, the Anthology's PDF, arXiv's PDF, then others: published, accepted, submitted."""
    others = [link(f"{PDF_HOST}/{v}.pdf", version=v) for v in ("submitted", None, "published", "accepted")]
    paper = metadata(acl_id="2024.acl-long.1", other_ids=("pmcid:PMC7654321",), links=tuple(others))
    assert urls(paper) == [
        "https://export.arxiv.org/e-print/2401.01234v2",
        "https://arxiv.org/html/2401.01234v2",
        "https://www.ebi.ac.uk/europepmc/webservices/rest/PMC7654321/fullTextXML",
        "https://aclanthology.org/2024.acl-long.1.pdf",
        "https://arxiv.org/pdf/2401.01234v2",
        *(f"{PDF_HOST}/{v}.pdf" for v in ("published", "accepted", "submitted", None)),
    ]
    assert [copy.form for copy in candidates(paper)][:5] == ["latex", "html", "jats", "pdf", "pdf"]


def test_links_to_known_hosts_become_their_best_files():
    """A link to an arXiv or Anthology page, or the Anthology's DOI, names the paper there, and no URL comes twice."""
    bare = {"arxiv_id": None, "arxiv_version": None, "paper_id": "doi:10.18653/v1/n18-3011"}
    links = (link("http://arxiv.org/pdf/2401.01234v3"), link("https://arxiv.org/abs/2401.01234"))
    paper = metadata(**bare, doi="10.18653/v1/n18-3011", links=links)
    assert urls(paper, [link("https://aclanthology.org/N18-3011.pdf")]) == [
        "https://export.arxiv.org/e-print/2401.01234v3",
        "https://arxiv.org/html/2401.01234v3",
        "https://aclanthology.org/N18-3011.pdf",
        "https://arxiv.org/pdf/2401.01234v3",
    ]


def test_a_paper_without_version_is_asked_for_as_it_stands():
    """Without a known version the newest file is asked for."""
    assert urls(metadata(arxiv_version=None))[0] == "https://export.arxiv.org/e-print/2401.01234"


def test_few_of_many_repositories_are_asked():
    """A work that lies in twenty repositories is asked for at five, the published versions first."""
    links = [link(f"{PDF_HOST}/{n}.pdf", version="published" if n > 15 else None) for n in range(20)]
    chosen = urls(metadata(arxiv_id=None, links=tuple(links)))
    assert chosen == [f"{PDF_HOST}/{n}.pdf" for n in (16, 17, 18, 19, 0)]


def test_retracted_papers_have_no_candidates():
    """What was retracted is not fetched."""
    assert urls(metadata(retracted=True, links=(link(f"{PDF_HOST}/a.pdf"),))) == []


@given(
    st.lists(
        st.builds(
            link,
            st.one_of(
                st.text(max_size=30),
                st.sampled_from(["http", "https", "file", "ftp", "data", "jar:http"]).flatmap(
                    lambda scheme: st.text(max_size=20).map(lambda rest: f"{scheme}://{rest}")
                ),
            ),
            st.sampled_from(["pdf", "html", "jats", "latex"]),
            st.sampled_from(["published", "accepted", "submitted", None]),
        ),
        max_size=20,
    )
)
def test_only_web_addresses_are_candidates_each_once(links):
    """Whatever links say, candidates are http(s), each once; every other link is listed as refused."""
    paper = metadata(links=tuple(links))
    chosen = candidates(paper)
    assert all(copy.url.lower().startswith(("http://", "https://")) for copy in chosen)
    assert len({copy.url for copy in chosen}) == len(chosen)
    refused = refused_links(paper)
    assert {r.url for r in refused}.isdisjoint(copy.url for copy in chosen)
    assert all(x in refused or x.url.lower().startswith(("http://", "https://")) for x in links)


@given(st.text(max_size=60))
def test_every_address_has_a_service(text):
    """Whatever a URL says, it has a service with a name and a pace."""
    service = service_of(link(f"https://{text}"))
    assert service.name
    assert service.any_host
    assert service.interval_seconds >= 0.5


def test_files_of_arxiv_keep_its_pace_under_any_name():
    """Hosts of arXiv's are one service, 3 s apart, whoever named the link; other hosts are each their own, 1 s apart."""
    for url in (
        "https://export.arxiv.org/e-print/1",
        "http://www.arxiv.org/ftp/x.pdf",
        "https://arxiv.org/x",
    ):
        assert service_of(link(url)).name == "arxiv"
        assert service_of(link(url)).interval_seconds == 3.0
    assert service_name("https://notarxiv.org/x") == "notarxiv.org"
    assert service_of(link("https://b.example/x")).interval_seconds == 1.0


def test_a_version_on_arxiv_stands_for_ever_and_other_files_for_a_month():
    """An id with a version never changes its file."""
    versioned, newest = candidates(metadata())[0], candidates(metadata(arxiv_version=None))[0]
    assert service_of(versioned).max_age_seconds > 300 * 86_400
    assert service_of(newest).max_age_seconds == 30 * 86_400
    assert service_of(versioned).max_bytes == 64 << 20
    assert service_of(link(f"{PDF_HOST}/a.pdf")).max_bytes == 48 << 20


def test_the_plan_counts_at_most_and_at_least():
    """A row a service: all copies as requests, the best copies' intervals as seconds; papers with text need none."""
    plain = metadata()
    acl = metadata(arxiv_id=None, arxiv_version=None, paper_id="acl:N18-3011", acl_id="N18-3011")
    read = metadata(sections=(Section(title="Introduction", text="All here."),))
    rows = {row.source: (row.requests, row.seconds) for row in plan([plain] * 4 + [acl] * 2 + [read])}
    assert rows == {"arxiv": (12, 9.0), "acl-anthology": (2, 1.0)}
