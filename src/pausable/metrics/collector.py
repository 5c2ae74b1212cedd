"""The collector: what Prometheus is told, at each scrape. Needs prometheus-client."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

try:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
except ImportError as _error:
    _message = "metrics need prometheus-client: pip install 'pausable[prometheus]'"
    raise ImportError(_message, name="prometheus_client") from _error

from pausable import everything
from pausable.metrics.labels import PROCESS, kind_label
from pausable.metrics.ledger import OUTCOMES, PAUSED, ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from pausable.metrics.labels import Label
    from pausable.metrics.ledger import ScopeReading, Sums
    from pausable.snapshots import HoldStatus

__all__ = ["Collector"]

_WHOSE = ["pool", "group"]


class Collector:
    """All pools of this process, for a registry of prometheus-client.

    ``REGISTRY.register(Collector())``. They are looked at when the registry is scraped, each at its
    moment, and nothing happens between two scrapes. Counts are of a scope without the groups below
    it, so that sums are right. Counters go on when a pool is gone. Pools without a name share a
    label, and so do all scopes beyond the first two hundred. May be scraped by several threads at
    once.
    """

    def describe(self) -> Iterator[Metric]:
        """Name the metrics, and look at no pool: a registry asks when this is registered."""
        yield from self._families([], {}, [])

    def collect(self) -> Iterator[Metric]:
        """Look at all pools, and say what there is."""
        rows, sums = ledger.read()
        holds = [(PROCESS, each) for each in everything.holds()]
        holds += [(row.label, each) for row in rows for each in row.status.holds]
        yield from self._families(rows, sums, holds)

    def _families(
        self, rows: list[ScopeReading], sums: Sums, holds: list[tuple[Label, HoldStatus]]
    ) -> Iterator[Metric]:
        yield from _states(rows)
        yield _workers(rows)
        yield _ended(sums)
        yield _paused(sums)
        yield from _holds(holds)


def _states(rows: list[ScopeReading]) -> Iterator[Metric]:
    tasks: Counter[tuple[Label, str]] = Counter()
    scopes: Counter[tuple[Label, str]] = Counter()
    for row in rows:
        for state in ("running", "resting", "queued"):
            tasks[row.label, state] += getattr(row, state)
        for state in ("open", "pausing", "paused"):
            scopes[row.label, state] += _state_of(row) == state
    yield _gauge("pausable_tasks", "Tasks that have not ended", "state", tasks)
    yield _gauge("pausable_scopes", "Pools and groups", "state", scopes)


def _state_of(row: ScopeReading) -> str:
    if not row.status.is_paused:
        return "open"
    return "paused" if row.status.is_quiescent else "pausing"


def _gauge(
    name: str, about: str, label: str, counts: Counter[tuple[Label, str]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=[*_WHOSE, label])
    for (whose, value), count in counts.items():
        family.add_metric([*whose, value], count)
    return family


def _workers(rows: list[ScopeReading]) -> Metric:
    family = GaugeMetricFamily(
        "pausable_max_workers", "How many tasks may run at once", labels=_WHOSE
    )
    most: dict[Label, float] = {}
    for row in rows:
        most[row.label] = most.get(row.label, 0) + row.status.max_workers
    for whose, count in most.items():
        family.add_metric(list(whose), count)
    return family


def _ended(sums: Sums) -> Metric:
    family = CounterMetricFamily(
        "pausable_tasks_ended", "Tasks that are over", labels=[*_WHOSE, "outcome"]
    )
    for whose, counts in sums.items():
        for outcome in OUTCOMES:
            family.add_metric([*whose, outcome], counts[outcome])
    return family


def _paused(sums: Sums) -> Metric:
    family = CounterMetricFamily(
        "pausable_paused_seconds", "For how long gates were closed", labels=_WHOSE
    )
    for whose, counts in sums.items():
        family.add_metric(list(whose), counts[PAUSED])
    return family


def _holds(holds: list[tuple[Label, HoldStatus]]) -> Iterator[Metric]:
    number: Counter[tuple[Label, str]] = Counter()
    oldest: dict[tuple[Label, str], float] = {}
    for whose, hold in holds:
        key = (whose, kind_label(hold.kind))
        number[key] += 1
        oldest[key] = max(oldest.get(key, 0.0), hold.seconds)
    yield _gauge("pausable_holds", "Holds that are in force", "kind", number)
    family = GaugeMetricFamily(
        "pausable_oldest_hold_seconds", "How old the oldest hold is", labels=[*_WHOSE, "kind"]
    )
    for (whose, kind), age in oldest.items():
        family.add_metric([*whose, kind], age)
    yield family
