"""A trial: a scenario, struck at each of its places, and what was wrong afterwards."""

from __future__ import annotations

import gc
import sys
import threading
import time
from contextlib import contextmanager, suppress
from random import Random
from typing import TYPE_CHECKING

from torn import stage as stages
from torn.places import Place, our_codes, places
from torn.strikes import Hung, Struck, Whom, aim, interruptible, record

from pausable._core.attention import attention
from pausable.scopes.timer import timers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torn.scenario import Scenario
    from torn.stage import Stage
    from torn.strikes import Watch

OCCURRENCES = 3  # of a place in one scenario that are struck
BUDGET = 15.0  # seconds after which a trial that has failures ends
KNOWN = (KeyboardInterrupt, Struck)


class Trial:
    """What came of a scenario."""

    def __init__(
        self, scenario: Scenario, *, by_line: bool = False, within: tuple[str, ...] = ("",)
    ) -> None:
        """Begin with nothing. Struck is only what is in the files whose names end with *within*."""
        self.within = within
        self.scenario = scenario
        self.by_line = by_line
        self.places: list[Place] = []
        self.struck = 0
        self.swallowed: list[str] = []
        self.failures: list[str] = []
        self.untried = 0
        self.seed = ""

    def run(self, most: int | None, seed: str) -> Trial:
        """Rehearse it, then strike it at *most* of its places, evenly chosen from *seed*."""
        self.seed = seed
        found = self._rehearse()
        if most is not None and len(found) > most:
            start = Random(seed).random()
            found = [found[int((i + start) * len(found) / most)] for i in range(most)]
        self.places = found
        until = time.monotonic() + BUDGET
        for number, place in enumerate(found):
            if self.failures and time.monotonic() > until:
                self.untried = len(found) - number
                break
            if not self._strike(place):
                self.untried = len(found) - number - 1
                break
        return self

    def __str__(self) -> str:
        """Say how it went, each failure on a line of its own."""
        head = (
            f"{self.scenario}: {self.struck} of {len(self.places)} places were reached and struck"
        )
        head = f"{head} (seed {self.seed}), {len(self.failures)} of which did harm"
        lines = [f"{head}:", *self.failures]
        if self.untried:
            lines.append(f"({self.untried} places were not tried after that)")
        return "\n  ".join(lines)

    def _rehearse(self) -> list[Place]:
        """Let it go undisturbed, see what code it goes through, and that all is well then."""
        found: dict[Place, None] = {}
        undisturbed(self.scenario)  # what is imported on the way is there from now on
        codes = {each for each in our_codes() if each.co_filename.endswith(self.within)}
        for _ in range(2):
            whom = Whom(on_main=self.scenario.on_main)
            recorder, watch = record(codes, whom, by_line=self.by_line)
            said, _ = play(self.scenario, watch, whom)
            assert said is None, f"{self.scenario}, undisturbed: {said}"
            there = places(recorder.threads.values(), OCCURRENCES, by_line=self.by_line)
            found.update(dict.fromkeys(there))
        return list(found)

    def _strike(self, place: Place) -> bool:
        """Strike it there; say whether there is any sense in going on."""
        for _ in range(2):  # threads do not go the same way each time
            whom = Whom(on_main=self.scenario.on_main)
            strike, watch = aim(place, whom)
            said, came = play(self.scenario, watch, whom, lambda strike=strike: strike.fired)
            if strike.fired or said is not None:
                break
        if not strike.fired:
            assert said is None, f"{self.scenario}, not struck: {said}"
            return True
        self.struck += 1
        if came is None and self.scenario.on_main:
            self.swallowed.append(str(place))
        if said is not None:
            self.failures.append(f"{place}: {said}")
            begin_anew()
            said = undisturbed(self.scenario)
            if said is not None:
                self.failures.append(f"and nothing works in this process after that: {said}")
                return False
        return True


NOWHERE = Place((lambda: None).__code__, -1, 1)


def undisturbed(scenario: Scenario) -> str | None:
    """Play a scenario that nothing strikes; return what is wrong all the same."""
    whom = Whom(on_main=scenario.on_main)
    return play(scenario, aim(NOWHERE, whom)[1], whom)[0]


def play(
    scenario: Scenario, watch: Watch, whom: Whom, is_struck: Callable[[], bool] = bool
) -> tuple[str | None, BaseException | None]:
    """Play a scenario under a watch; return what is wrong then, and what came out of the act."""
    with silent():
        stage, said, came = perform(scenario, watch, whom)
        if came is not None and not is_struck():
            said = f"it raises {came!r}"
        if said is None:
            said = stage.verdict()
    if said is not None:
        stage.abandon()
    return said, came


def perform(
    scenario: Scenario, watch: Watch, whom: Whom
) -> tuple[Stage, str | None, BaseException | None]:
    """Let a scenario act under a watch; return its stage, whether it hangs, and what came out."""
    with watch.prepared(), interruptible(3 * stages.PATIENCE):
        stage = scenario.stage()
        whom.names = (stage.name, "pausable-")
        try:
            steps = scenario.script(stage)
            next(steps)
            try:
                watch.begin()
                next(steps, None)
                if not scenario.on_main:
                    next(steps, None)
                for each in range(3):
                    abs(each)  # what is left by now comes out here
            finally:
                watch.end()
        except Hung as error:
            return stage, "the call hangs: " + stages.told(error), None
        except BaseException as error:  # noqa: BLE001 - the verdict says whether it did harm
            return stage, None, error
    return stage, None, None


@contextmanager
def silent() -> Iterator[None]:
    """Let threads and finalizers end by a strike without a word."""
    hooks = threading.excepthook, sys.unraisablehook

    def of_threads(args) -> None:
        if not issubclass(args.exc_type, KNOWN):
            hooks[0](args)

    def of_finalizers(args) -> None:
        if not issubclass(args.exc_type, KNOWN):
            hooks[1](args)

    threading.excepthook, sys.unraisablehook = of_threads, of_finalizers
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks


def begin_anew() -> None:
    """Forget what a pool that was torn has left in the process."""
    attention.clear()
    for each in list(dict.fromkeys(timers)):
        with suppress(Exception):
            each.forget_all()
    gc.collect()
