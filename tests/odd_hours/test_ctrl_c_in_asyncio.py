"""Ctrl-C in an asyncio program: one is enough, though asyncio makes a cancellation of it.

Real interpreters get a real SIGINT.
"""

from __future__ import annotations

import signal
import sys

import pytest
from scripts import finish, start, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")

PROGRAM = """
import asyncio

begun = []

def task(number):
    try:
        begun.append(number)
        while True:
            checkpoint()
            time.sleep(0.001)
    finally:
        say("cleaned", number)

async def main():
    loop = asyncio.get_running_loop()
    try:
        {enter} ThreadPoolExecutor(2) as pool:
            scope = {scope}
            futures = [scope.submit(task, number) for number in range(2)]
            while len(begun) < 2:
                await asyncio.sleep(0.001)
            queued = scope.submit(say, "started too late")
            {situation}
            {waiting}
    finally:
        say("left", queued.cancelled())

def ready_when(fact):
    def wait_and_say():
        until(fact)
        time.sleep(0.1)  # see test_ctrl_c
        say("ready")
    threading.Thread(target=wait_and_say, daemon=True).start()

try:
    asyncio.run(main())
except KeyboardInterrupt:
    say("interrupted")
    raise
"""

SITUATIONS = {"running": "pass", "paused": "await scope.pause('the user asked').wait_async(10)"}
WAITS = {
    "in the block": "say('ready'); await asyncio.sleep(3600)",
    "at its end": "ready_when(lambda: pool._p_node.waiters.shutdowns)",
}


@pytest.mark.parametrize("enter", ["with", "async with"])
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("waiting", WAITS)
def test_one_is_enough(enter, situation, waiting) -> None:
    """In the block and in the wait at its end, which blocks the loop or does not."""
    script = PROGRAM.format(
        enter=enter, scope="pool", situation=SITUATIONS[situation], waiting=WAITS[waiting]
    )
    process = start(script)
    wait_for(process, "ready")
    process.send_signal(signal.SIGINT)
    said = finish(process)
    assert "cleaned 0" in said
    assert "cleaned 1" in said
    assert "started too late" not in said
    assert "left True" in said
    assert "interrupted" in said


@pytest.mark.parametrize("paused", [False, True])
def test_a_cancellation_that_is_no_ctrl_c(paused) -> None:
    """It leaves `with pool:` as any exception does: what is open runs, what is held is stopped."""
    process = start(
        f"""
        import asyncio
        logging.getLogger("pausable").addHandler(logging.NullHandler())

        async def block():
            with ThreadPoolExecutor(1) as pool:
                futures.extend(pool.submit(int) for _ in range(3))
                if {paused}:
                    pool.pause("the user asked")
                    futures.append(pool.submit(int))
                await asyncio.sleep(3600)

        async def main():
            running = asyncio.create_task(block())
            while not futures:
                await asyncio.sleep(0.001)
            running.cancel()
            await asyncio.wait([running])

        futures = []
        asyncio.run(main())
        say(futures[-1].cancelled())
        """
    )
    assert finish(process).splitlines() == [str(paused)]
