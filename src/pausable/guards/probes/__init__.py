"""Probes for the common cases: callables that return if all is well, and raise what is not."""

from pausable.guards.probes.dbapi import dbapi
from pausable.guards.probes.disk import disk_free, disk_used
from pausable.guards.probes.http import http
from pausable.guards.probes.load import load
from pausable.guards.probes.memory import memory_used
from pausable.guards.probes.tcp import tcp
from pausable.guards.question import Probe, ProbeFailed, failure_of

__all__ = [
    "Probe",
    "ProbeFailed",
    "dbapi",
    "disk_free",
    "disk_used",
    "failure_of",
    "http",
    "load",
    "memory_used",
    "tcp",
]
