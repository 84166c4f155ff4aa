"""What will be asked of the network, said beforehand."""

from small_tools import PAPERS, MemorySource

from synthesis.config import Config, PaperConfig
from synthesis.planning import plan_requests, plan_search, total_seconds
from synthesis.records import RequestPlan
from synthesis.sources.answer import SearchAnswer


class PlannedSource(MemorySource):
    """A remote source that needs a request for every ten papers, half a second apart; counts what it is sent."""

    def __init__(self, name, seconds=0.5):
        super().__init__(name, PAPERS, remote=True)
        self._seconds = seconds

    def plan(self, n_queries, limit):
        """Pages of ten."""
        requests = n_queries * -(-limit // 10)
        return RequestPlan(source=self.name, requests=requests, seconds=requests * self._seconds)


class CitingSource(PlannedSource):
    """Offers citations too."""

    def references(self, paper, limit):
        """None."""
        self.calls.append((paper, limit))
        return SearchAnswer()

    citations = references


CONFIG = Config(papers=PaperConfig(per_query=30, max_examined=2, cited=25, full_texts=10))


def test_every_request_of_a_report_is_counted():
    """Queries, the examined titles, citations both ways and look-ups, at the source's own pages and pace."""
    plain, citing = plan_requests(
        8, 1, [PlannedSource("plain"), CitingSource("citing")], CONFIG, full_texts=False
    )
    assert (plain.requests, plain.seconds) == ((3 + 1) * 3 + 1, 6.5)
    assert citing.requests == plain.requests + 2


def test_planning_sends_nothing():
    """No source is called, local ones have no row."""
    source, local = PlannedSource("far"), MemorySource("near", PAPERS)
    plans = [
        *plan_requests(8, 0, [source, local], CONFIG, full_texts=True),
        *plan_search([source, local], 30),
    ]
    assert [plan.source for plan in plans] == ["far", "full texts", "far"]
    assert source.calls == local.calls == []


def test_the_whole_takes_as_long_as_the_slowest_source_and_the_full_texts():
    """Sources are asked at once; full texts come after."""
    plans = plan_requests(8, 0, [PlannedSource("fast"), PlannedSource("slow", 3.0)], CONFIG, full_texts=True)
    assert total_seconds(plans) == plans[1].seconds + plans[2].seconds
    assert total_seconds([]) == 0
