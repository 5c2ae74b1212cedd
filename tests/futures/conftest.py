"""What holds for all tests of futures."""

from __future__ import annotations

import logging

import pytest


@pytest.fixture(autouse=True)
def no_log():
    """Keep the refusals and failures that are wanted here out of the log."""
    logger = logging.getLogger("concurrent.futures")
    logger.disabled = True
    yield
    logger.disabled = False
