"""Dask clusters: `DaskExecutor` runs tasks there, and pauses, resumes and stops them.

It needs distributed, ``pip install pausable[dask]``, here, on the scheduler and on the workers.

Dask schedules; nothing of that is here. In the client: `dask_executor`, `cluster_scope`,
`cluster_view`, `cluster_pause`, `cluster_future`, `cluster_hold`, `cluster`, `roster`, `delivery`,
`teller`; and what makes it one of the pools of the process: `envoy`, `relay`, `panorama`,
`sightings`. In the scheduler: `scheduler_gate`. On the workers: `worker_gate`, `dask_seat`. What
goes between: `dask_call`, `dask_chunk`, `cluster_terms`. What all of them use of Dask:
`dask_names`.
"""

from pausable.dask.cluster_future import ClusterFuture
from pausable.dask.cluster_hold import ClusterHold, ClusterSwitch
from pausable.dask.dask_executor import DaskExecutor

__all__ = ["ClusterFuture", "ClusterHold", "ClusterSwitch", "DaskExecutor"]
