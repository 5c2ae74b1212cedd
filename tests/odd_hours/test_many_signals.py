"""A switch that signals toggle, while the main thread logs, submits, pauses and reads events."""

from __future__ import annotations

import pytest
from scripts import run

PROGRAM = """
    import faulthandler, logging.handlers, queue, random
    many = MANY

    class Switch:  # one hold at most, that a handler may toggle while another one is at it
        def __init__(self, pool):
            self.pool, self.hold, self.is_busy = pool, None, False

        def toggle(self):
            if self.is_busy:
                return
            self.is_busy = True
            hold, self.hold = self.hold, None
            if hold is None:
                self.hold = self.pool.pause("the user asked", owner="switch")
            else:
                hold.release()
            self.is_busy = False

        def off(self):
            if self.hold is not None:
                self.toggle()

    logged, news = queue.Queue(), queue.Queue()
    logger = logging.getLogger()
    logger.setLevel(logging.INFO)
    class Count(logging.StreamHandler):
        lines = 0
        def emit(self, record):
            super().emit(record)
            self.lines += record.name == "pausable" and "the user asked" in record.getMessage()
    plain = Count(open(os.devnull, "w"))
    logger.addHandler(plain)
    logger.addHandler(logging.handlers.QueueHandler(logged))
    seen = []
    listener = logging.handlers.QueueListener(logged, logging.NullHandler())
    listener.handlers[0].handle = seen.append
    listener.start()

    pool = ThreadPoolExecutor(4)
    pool.observe(news.put)
    switch = pool.switch("the user asked") if hasattr(pool, "switch") else Switch(pool)
    handled, most, events = [0], [0], []

    def on_signal(number, frame):
        handled[0] += 1
        switch.toggle()
        mine = [hold for hold in pool.holds() if hold.reason == "the user asked"]
        most[0] = max(most[0], len(mine))

    signal.signal(signal.SIGUSR1, on_signal)
    over = threading.Event()

    def user():
        for number in range(many):
            os.kill(os.getpid(), signal.SIGUSR1)
            until(lambda: handled[0] > number)  # two at once are one
            time.sleep(0.002 * random.random())
        over.set()

    def read():
        while True:
            try:
                events.append(news.get_nowait())
            except queue.Empty:
                return

    threading.Thread(target=user).start()
    futures = []
    while not over.is_set():
        logger.info("working")
        futures.append(pool.submit(int))
        pool.pause("main").release()
        if len(futures) % 7 == 0:
            with pool.pause("main, at rest", timeout=20):
                logger.info("at rest")
        read()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    switch.off()
    assert not pool.holds(), pool.holds()
    assert sum(future.result(20) for future in futures) == 0
    pool.shutdown()
    listener.stop()
    read()

    of_switch = [e for e in events if hasattr(e, "hold") and e.hold.reason == "the user asked"]
    kinds = [type(e).__name__ for e in of_switch]
    placed = kinds.count("HoldPlaced")
    lines = sum(r.name == "pausable" and "the user asked" in r.getMessage() for r in seen)
    assert kinds == ["HoldPlaced", "HoldReleased"] * placed, kinds
    assert lines == plain.lines == 2 * placed, (lines, plain.lines, placed)
    assert most[0] <= 1, most
    ended = sum(type(e).__name__ == "TaskEnded" for e in events)
    assert ended == len(futures), (ended, len(futures))
    assert handled[0] == many, handled
    say("ok", handled[0], placed, len(futures))
"""


@pytest.mark.parametrize("many", [200, pytest.param(2000, marks=pytest.mark.stress)])
def test_a_switch_under_signals(many) -> None:
    """No hang, no lost line, no lost event, and never more than one hold of the switch."""
    assert run(PROGRAM.replace("MANY", str(many)))[-1].startswith("ok")
