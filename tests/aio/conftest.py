"""What the tests of coroutines on either library run on."""

from __future__ import annotations

import anyio
import pytest
from aio.backends import SOON


@pytest.fixture(params=["asyncio", "trio"])
def run(request):
    """Return a function that runs a coroutine function on a loop of its own, for a while at most."""
    if request.param == "trio":
        pytest.importorskip("trio")

    def run(main):
        async def within_time():
            with anyio.fail_after(SOON):
                return await main()

        return anyio.run(within_time, backend=request.param)

    return run
