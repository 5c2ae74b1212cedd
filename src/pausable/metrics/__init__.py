"""Metrics: what all pools of the process do, for Prometheus; read when it scrapes, and only then.

Needs the extra ``prometheus``. `ledger` counts, `labels` keeps the number of series in bounds, and
`collector` says it in Prometheus' terms.
"""

from __future__ import annotations

from pausable.metrics.collector import Collector

__all__ = ["Collector"]
