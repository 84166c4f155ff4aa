"""Fifty papers from four sources and their full texts: never a request too early, and how near to the least time?

    python benchmarks/politeness.py

simulated  the real sources, client and fetcher against hosts on loopback that keep the real limits by a simulated clock
processes  two processes at once by the real clock, which share the folder of the pace: arXiv's own interval, and 0.2 s
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measured import ROOT, provenance

sys.path.insert(0, str(ROOT / "tests" / "synthesis"))

import simulated_hosts as simulated
import small_paper
from loopback import LoopbackServer, respond

from synthesis.fetching.fetch import FullTextFetcher
from synthesis.merging import merge_papers
from synthesis.network.addresses import AddressGate
from synthesis.network.client import Client
from synthesis.network.diagnosis import diagnose_http
from synthesis.network.messages import Request, Service
from synthesis.sources.arxiv import ArxivSource
from synthesis.sources.europe_pmc import EuropePmcSource
from synthesis.sources.openalex import OpenAlexSource
from synthesis.sources.semantic_scholar import SemanticScholarSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.protocols import Source
    from synthesis.records import Paper

RESULTS = ROOT / "benchmarks" / "results" / "politeness.json"
MOST = 1.10  # of the least time
SHORT_SECONDS, SHORT_REQUESTS, ARXIV_REQUESTS = 0.2, 10, 2  # of each process, by the real clock


def run_simulated() -> dict[str, Any]:
    """Search, merge and fetch by the simulated clock."""
    hosts, held = simulated.Hosts(), simulated.works()
    with (
        simulated.running(hosts, held) as (server, places),
        tempfile.TemporaryDirectory() as state,
        simulated.SimulatedClient(hosts, state=Path(state), gate=server.gate) as client,
    ):
        sources: tuple[Source, ...] = (
            ArxivSource(client, base_url=f"{server.origin}/query"),
            OpenAlexSource(client, base_url=server.origin),
            SemanticScholarSource(client, base_url=f"{server.origin}/graph"),
            EuropePmcSource(client, base_url=f"{server.origin}/rest"),
        )
        with ThreadPoolExecutor(len(sources)) as pool:
            found = [paper for papers in pool.map(search_all, sources) for paper in papers]
        hosts.meet()
        papers = merge_papers(found)
        fetched = FullTextFetcher(client, places=places).fetch_all(papers)
    needed = simulated.requests_needed(held)
    least = max((needed[name] - 1) * simulated.LIMITS[name] for name in needed)
    forms = [one.paper.form or "abstract only" for one in fetched]
    return {
        "records_found": len(found),
        "papers": len(papers),
        "read": {form: forms.count(form) for form in sorted(set(forms))},
        "requests": {name: host.requests for name, host in hosts.of.items()},
        "requests_needed": needed,
        "least_seconds": round(least, 2),
        "wall_seconds": round(hosts.wall, 2),
        "ratio": round(hosts.wall / least, 3),
        "seconds_by_service": {name: round(host.ended or 0.0, 2) for name, host in hosts.of.items()},
        "too_early": {name: host.too_early for name, host in hosts.of.items() if host.too_early},
        "most_at_once": max(host.at_once for host in hosts.of.values()),
        "answer_seconds": simulated.LATENCY_SECONDS,
        "limits": simulated.LIMITS,
    }


def search_all(source: Source) -> list[Paper]:
    """What one source answers to all queries, asked one after the other."""
    return [paper for query in simulated.QUERIES for paper in source.search(query, 50).papers]


def run_processes() -> dict[str, Any]:
    """Two processes by the real clock; the host looks at every arrival."""
    with LoopbackServer(respond(small_paper.EMPTY_FEED, Content_Type="application/atom+xml")) as server:
        with tempfile.TemporaryDirectory() as state:
            command = [sys.executable, __file__, "--child", str(server.port), state]
            children = [subprocess.Popen(command) for _ in range(2)]
            codes = [child.wait(timeout=120) for child in children]
        seen = {
            service: sorted(r.arrived for r in server.requests if r.path.startswith(f"/{service}"))
            for service in ("arxiv", "first", "second")
        }
    limits = {"arxiv": simulated.LIMITS["arxiv"], "first": SHORT_SECONDS, "second": SHORT_SECONDS}
    rows = {}
    for service, arrivals in seen.items():
        gaps = [later - earlier for earlier, later in pairwise(arrivals)]
        least = limits[service] * len(gaps)
        rows[service] = {
            "requests": len(arrivals),
            "interval_seconds": limits[service],
            "least_gap_seconds": round(min(gaps), 4),
            "too_early": sum(gap < limits[service] for gap in gaps),
            "wall_seconds": round(arrivals[-1] - arrivals[0], 3),
            "ratio": round((arrivals[-1] - arrivals[0]) / least, 3),
        }
    return {"exit_codes": codes, "services": rows}


def run_child(port: int, state: Path) -> None:
    """One of the processes: three services at once."""
    origin = f"http://127.0.0.1:{port}"
    gate = AddressGate(allow=frozenset({("127.0.0.1", port)}))
    with Client(state=state, gate=gate) as client:

        def ask(name: str) -> None:
            service = Service(name, name, SHORT_SECONDS, lambda r, now: diagnose_http(name, r, now))
            for number in range(SHORT_REQUESTS):
                client.send(Request(f"{origin}/{name}/{number}", accept="*/*"), service)

        def ask_arxiv() -> None:
            source = ArxivSource(client, base_url=f"{origin}/arxiv")
            for number in range(ARXIV_REQUESTS):
                source.lookup(f"2401.{number:05}")

        threads = [threading.Thread(target=ask, args=(name,)) for name in ("first", "second")]
        threads.append(threading.Thread(target=ask_arxiv))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def holds(result: dict[str, Any]) -> bool:
    """Whether every promise is kept."""
    first, second = result["simulated"], result["processes"]
    polite = not first["too_early"] and first["most_at_once"] == 1 and first["ratio"] <= MOST
    whole = first["papers"] == 50 and first["requests"] == first["requests_needed"]
    together = all(row["too_early"] == 0 for row in second["services"].values())
    return polite and whole and together and not any(second["exit_codes"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the results, and fail if a promise is broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--child", nargs=2, metavar=("PORT", "STATE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        run_child(int(options.child[0]), Path(options.child[1]))
        return 0
    result: dict[str, Any] = {
        "provenance": provenance("python benchmarks/politeness.py"),
        "most": MOST,
        "simulated": run_simulated(),
        "processes": run_processes(),
    }
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))
    return 0 if holds(result) else 1


if __name__ == "__main__":
    sys.exit(main())
