"""The projects whose test suites are run: which version, which tests, what these need."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["PROJECTS", "Project"]


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project on PyPI, the sdist of which has its tests."""

    name: str
    version: str

    tests: tuple[str, ...] = ("tests",)
    """Files and folders, from the root of the sdist."""

    extras: str = ""
    """The project's own extras, as in ``dask[array]``."""

    requires: tuple[str, ...] = ()
    """What else the tests need."""

    arguments: tuple[str, ...] = ()
    """More arguments for pytest."""

    conftest: str = ""
    """A ``conftest.py`` for the root of the sdist."""

    left_out: dict[str, str] = field(default_factory=dict)
    """Tests that are not run in any mode, as `--deselect` takes them, each with the reason."""


_NOT_OF_APSCHEDULER = (
    "mongodb",
    "redis",
    "rethinkdb",
    "etcd",
    "zookeeper",
    "processpool",
    "test_broken_pool",
)

PROJECTS = (
    Project(
        name="s3transfer",
        version="0.19.3",
        tests=("tests/unit", "tests/functional"),
    ),
    Project(
        name="requests-futures",
        version="1.1.0",
        requires=("pytest-httpbin", "setuptools<81"),
    ),
    Project(
        name="asgiref",
        version="3.13.0",
        extras="tests",
    ),
    Project(
        name="apscheduler",
        version="3.11.0",
        requires=("anyio", "pytz", "sqlalchemy", "tornado"),
        # The stores of other servers are left out, and process pools: they are the stdlib's in all
        # modes, and start later on a busy machine than a job may be late.
        arguments=("-k", " and ".join(f"not {each}" for each in _NOT_OF_APSCHEDULER)),
    ),
    Project(
        name="tornado",
        version="6.6.1",
        tests=("tornado/test",),
        arguments=("-o", "python_files=*_test.py"),
        # As Tornado's own runner of tests does, of which any other line in the log is a failure.
        conftest="import logging; logging.getLogger('tornado.access').setLevel('CRITICAL')\n",
        left_out={
            "tornado/test/gen_test.py::RunnerGCTest::test_gc": "a full collection is to take less "
            "than 0.2 s; measured: 0.12 and 0.21 s with the stdlib's pool",
            "tornado/test/simple_httpclient_test.py::SimpleHTTPSClientTestCase"
            "::test_request_timeout": "a TLS handshake and a request in 0.1 s: when run alone "
            "it fails with the stdlib's pool, too",
        },
    ),
    Project(
        name="unsync",
        version="1.4.0",
        tests=("test",),
    ),
    Project(
        name="aiofiles",
        version="25.1.0",
        requires=("pytest-asyncio",),
        arguments=("-o", "asyncio_mode=auto"),
    ),
    Project(
        name="janus",
        version="2.0.0",
        requires=("pytest-asyncio", "pytest-benchmark", "pytest-cov"),
    ),
    Project(
        name="dask",
        version="2026.8.0",
        extras="array",
        tests=(
            "dask/tests/test_threaded.py",
            "dask/tests/test_local.py",
            "dask/tests/test_delayed.py",
            "dask/tests/test_callbacks.py",
            "dask/array/tests/test_array_core.py",
            "dask/array/tests/test_reductions.py",
        ),
        # Not its bags: they run in processes.
        requires=("pandas", "pytest-cov"),
    ),
    Project(
        name="kopf",
        version="1.45.2",
        tests=("tests/invocations", "tests/handling", "tests/reactor", "tests/settings"),
        requires=(
            "freezegun",
            "kmock",
            "looptime",
            "pytest-aiohttp",
            "pytest-asyncio",
            "pytest-mock",
        ),
    ),
    Project(
        name="langchain-core",
        version="1.8.3",
        tests=(
            "tests/unit_tests/runnables",
            "tests/unit_tests/tracers",
            "tests/unit_tests/callbacks",
            "tests/unit_tests/language_models",
            "tests/unit_tests/test_tools.py",
        ),
        left_out={
            "tests/unit_tests/language_models/chat_models/test_rate_limiting.py": "asserts that "
            "calls take less than 0.2 s: fails now and then with the stdlib's pool",
            "tests/unit_tests/language_models/chat_models/test_benchmark.py": "asserts a time, too",
        },
        requires=(
            "blockbuster",
            "freezegun",
            "grandalf",
            "langchain-tests",
            "numpy",
            "pytest-asyncio",
            "pytest-benchmark",
            "pytest-mock",
            "pytest-socket",
            "responses",
            "syrupy",
        ),
    ),
)
