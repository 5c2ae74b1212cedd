"""The demo from its beginning to its end, or to a Ctrl-C."""

import argparse
import contextlib
import logging
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import scenes
from screen import Screen

import pausable
from pausable.control.programs import processes

NAME = "demo"
ABOUT = "Eight scenes of a pool that is paused, held, looked at, resumed and stopped."


def command() -> list[str]:
    """Return how `pausable` is called in another terminal: from any folder, if that is not long."""
    script = Path(sys.executable).with_name("pausable")
    program = script if script.exists() else Path(sys.executable)
    shown = str(program) if len(str(program)) < 60 else os.path.relpath(program)
    return [shown] if script.exists() else [shown, "-m", "pausable"]


@contextlib.contextmanager
def reachable(screen: Screen) -> Iterator[str]:
    """Serve, where that can be done; give the word by which the demo is reached, if it can."""
    try:
        server = pausable.serve(NAME)
    except (ImportError, OSError) as error:
        screen.line(f"It cannot be reached from another terminal: {error}")
        yield ""
        return
    with server:
        names = [each.name for each in processes()]
        yield NAME if names.count(NAME) == 1 else str(os.getpid())


def play(screen: Screen, seconds: float) -> None:
    """Play all scenes, and compare."""
    screen.line(f"pausable {pausable.__version__}, in about {seconds:.0f} s. Ctrl-C ends it.")
    demo = scenes.Demo(screen, share=seconds / 20)
    with reachable(screen) as target:
        typed = command()
        if target:
            screen.line("In another terminal, at any moment:")
            for verb in ("pause", "resume"):
                screen.line(f"    {shlex.join([*typed, verb, target])}")
        screen.line()
        played = [
            scenes.one_after_the_other,
            scenes.a_pool_pauses,
            scenes.a_straggler_is_named,
            scenes.a_group_is_held,
            scenes.a_server_is_killed,
            scenes.unmodified_code_rests,
            scenes.all_is_stopped,
        ]
        if target:
            played.append(partial(scenes.another_terminal_pauses, command=typed, target=target))
        for scene in played:
            scene(demo)
    screen.line()
    screen.line(f"{'the same files, packed':26}{'one after the other':>22}{'by the pool':>14}")
    screen.line(f"{'seconds in which it ran':26}{demo.sequential:22.1f}{demo.pooled:14.1f}")
    screen.line(f"{'seconds paused':26}{0.0:22.1f}{demo.paused:14.1f}")
    wrong = [fact for fact, is_true in screen.is_true.items() if not is_true]
    for fact in wrong:
        screen.line(f"NOT TRUE: {fact}")
    if not wrong:
        screen.line(f"All {len(screen.is_true)} things that it has checked on the way are as said.")


def main() -> int:
    """Play; return the exit code."""
    parser = argparse.ArgumentParser(prog="demo", description=ABOUT)
    parser.add_argument("--seconds", type=float, default=20.0, help="roughly (default: 20)")
    seconds = parser.parse_args().seconds
    logging.getLogger("pausable").setLevel(logging.ERROR)  # what it would say is said here
    screen = Screen()
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        play(screen, seconds)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is over
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        screen.line("interrupted: what had begun is stopped")
        # Not sys.exit(): before 3.14 a program that is a folder ends by the signal instead if that
        # came while some text was executed, as the making of a dataclass does.
        os._exit(130)
    return 0 if all(screen.is_true.values()) else 1
