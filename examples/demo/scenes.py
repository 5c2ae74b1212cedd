"""The scenes of the demo, one idea each. Each waits for facts, and checks what it says."""

import shlex
import subprocess
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from traceback import FrameSummary

from screen import Screen, bar
from server import serving
from work import LIBRARY, Meter, compare, fetch, library, look_after, pack, pack_at_once

import pausable
from pausable import PreemptionUnavailable, Straggler, ThreadPoolExecutor
from pausable.guards import Guard
from pausable.guards.probes import tcp

WORKERS = 8
FEWEST = 60  # files that are packed, on a slow machine, too
REFUSALS = (OSError, HTTPException)  # the latter when it is killed in the middle of an answer


@dataclass
class Demo:
    """What the scenes share."""

    screen: Screen
    share: float  # of the time that the whole demo takes if nothing is said of it
    meter: Meter = field(default_factory=Meter)
    files: list[Path] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)
    sequential: float = 0.0  # seconds
    pooled: float = 0.0
    paused: float = 0.0

    def look(self, seconds: float) -> float:
        """Return so many seconds of the demo."""
        return seconds * self.share


def one_after_the_other(demo: Demo) -> None:
    """Pack as many files as can be packed in some seconds: the work of the next scene."""
    screen = demo.screen
    screen.scene("One after the other, to compare: files of the standard library are packed")
    files = library()
    began, end = time.perf_counter(), demo.look(4.0)
    for path in files:
        demo.packed.append(pack(path, demo.meter))
        demo.files.append(path)
        demo.sequential = time.perf_counter() - began
        screen.show(f"{bar(demo.sequential, end)} {len(demo.files)} files")
        if demo.sequential > end and len(demo.files) >= FEWEST:
            break
    size = demo.meter.total()
    screen.say("done", f"{len(demo.files)} files, {size:,} bytes, in {demo.sequential:.1f} s")


def a_pool_pauses(demo: Demo) -> None:
    """Do the same by a pool, and pause it in the middle."""
    screen, meter = demo.screen, Meter()
    screen.scene(f"The same by a pool of {WORKERS}, paused in the middle")
    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="packing") as pool:
        futures = [pool.submit(pack, path, meter) for path in demo.files]
        screen.until(lambda: meter.total() > demo.meter.total() / 3)
        with pool.pause("to show that nothing moves", timeout=60):
            before = meter.total()
            screen.rest(demo.look(2.0))
            now, moved = pool.status(), meter.total() - before
        screen.say(
            "paused",
            f"{now.running} run, {now.resting} rest, {now.queued} are queued; "
            f"in {demo.look(2.0):.1f} s {moved} bytes were packed",
        )
        screen.until(lambda: all(future.done() for future in futures))
        demo.paused = pool.status().paused_time
    demo.pooled = time.perf_counter() - began - demo.paused
    are_equal = [future.result() for future in futures] == demo.packed
    screen.say("resumed", f"{len(futures)} files are packed, to the same bytes as above")
    screen.check("nothing moves while paused", moved == 0)
    screen.check("a pool makes of the files what is made of them one after the other", are_equal)


def a_straggler_is_named(demo: Demo) -> None:
    """Pause a task that is in a long call of C."""
    screen = demo.screen
    screen.scene("A task that does not rest is named, with its line")
    data = b"".join(path.read_bytes() for path in demo.files)
    size = int(len(data) * demo.look(1.5) / demo.sequential)  # what takes so many seconds
    stragglers: list[Straggler] = []
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="packing") as pool:
        while not stragglers:
            task = pool.submit(pack_at_once, (data * (size // len(data) + 1))[:size])
            screen.until(lambda task=task: task.active_time > 0)
            began = time.perf_counter()
            hold = pool.pause("a backup")
            if not hold.wait(demo.look(0.2)):
                stragglers = pool.stragglers()
            screen.until(pool.is_quiescent)
            took = time.perf_counter() - began
            hold.release()
            size *= 2  # if it was over too soon
    (straggler,) = stragglers
    place = straggler.where
    line = f" at {Path(place.file).name}:{place.line} in {place.function}" if place else ""
    screen.say("straggler", f"{straggler.task}{line}")
    screen.say("at rest", f"after {took:.1f} s, when its call in C had come back")
    screen.check("who does not rest is named", straggler.task.startswith("pack_at_once"))


def a_group_is_held(demo: Demo) -> None:
    """Hold one of two groups until the other has done its work, with all of the slots."""
    screen, meter = demo.screen, Meter()
    screen.scene("One group of two is held; the other goes on, with all slots of the pool")
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="packing") as pool:
        groups = {who: pool.group(who) for who in ("zlib", "lzma")}
        futures = {
            who: [group.submit(pack, path, meter, who) for path in demo.files]
            for who, group in groups.items()
        }
        screen.until(lambda: meter.total("zlib") > demo.meter.total() / 10)
        with groups["zlib"].pause("the disk is nearly full", timeout=60):
            before = meter.total("zlib"), meter.total("lzma")
            screen.until(lambda: all(future.done() for future in futures["lzma"]))
            moved = [meter.total("zlib") - before[0], meter.total("lzma") - before[1]]
        screen.say("held", f"zlib packed {moved[0]} bytes, while lzma packed {moved[1]:,}")
        screen.until(lambda: all(future.done() for future in futures["zlib"]))
    screen.say("resumed", f"zlib is through with its {len(futures['zlib'])} files, too")
    screen.check("a group that is held does not move", moved[0] == 0)
    screen.check("the other group goes on", moved[1] > 0)


def a_server_is_killed(demo: Demo) -> None:
    """Fetch files from a server that is killed meanwhile: a guard holds the pool."""
    screen = demo.screen
    screen.scene("A web server is killed while its files are fetched")
    files = library()[:200]
    refused: list[str] = []
    with serving(LIBRARY) as server:
        guard = Guard(
            "server",
            tcp("127.0.0.1", server.port),
            trip_on=REFUSALS,
            every=demo.look(0.5),
            stagger=demo.look(0.01),
        )

        @guard.protect  # rests here while the server is down, and tries again when it is back
        def fetch_file(path: Path) -> bytes:
            try:
                return fetch(f"http://127.0.0.1:{server.port}/{path.relative_to(LIBRARY)}")
            except REFUSALS as error:
                refused.append(str(error))
                raise

        with ThreadPoolExecutor(WORKERS, guards=[guard], thread_name_prefix="fetching") as pool:
            futures = [pool.submit(fetch_file, path) for path in files[:100]]
            screen.until(lambda: pool.status().done > 50)
            server.kill()
            futures += [pool.submit(fetch_file, path) for path in files[100:]]
            screen.until(lambda: guard.is_tripped() and pool.is_quiescent())
            before = len(refused)
            screen.rest(demo.look(2.0))
            in_vain = len(refused) - before
            screen.say(
                "killed",
                f"{pool.status().resting} tasks rest; in {demo.look(2.0):.1f} s {in_vain} of them "
                "tried in vain",
            )
            server.start()
            screen.until(lambda: all(future.done() for future in futures))
        are_there = [future.exception() is None for future in futures]
        are_equal = all(are_there) and all(
            future.result() == path.read_bytes()
            for future, path in zip(futures, files, strict=True)
        )
    screen.say("restarted", f"one tried, then all: {sum(are_there)} of {len(files)} files came")
    screen.check("while a server is down nobody tries in vain", in_vain == 0)
    screen.check("an outage costs no file", are_equal)


def unmodified_code_rests(demo: Demo) -> None:
    """Pause a task without a checkpoint between two of its lines, show its stack, and stop it."""
    screen = demo.screen
    screen.scene("Code that has never heard of pausable rests between two of its lines")
    old, new = ((LIBRARY / name).read_text("utf-8") for name in ("argparse.py", "tarfile.py"))
    try:
        pool = ThreadPoolExecutor(WORKERS, preemptive=True, thread_name_prefix="comparing")
    except PreemptionUnavailable as error:
        screen.say("left out", str(error))
        return
    with pool:
        future = pool.submit(compare, old, new)
        screen.until(lambda: future.active_time > demo.look(0.5))
        with pool.pause("to look at it", timeout=60):
            stack = future.stack()
            screen.rest(demo.look(2.0))
            is_at_rest = _lines(future.stack()) == _lines(stack)
        for index, frame in enumerate(stack[-4:]):
            place = f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
            screen.line(f"  {'' if index else 'at rest':11}{place:38}{frame.line}"[:79])
        screen.until(lambda: _lines(future.stack()) != _lines(stack))
        future.stop("seen enough")
        screen.until(future.done)
    screen.say("resumed", f"{future.name} went on, and was stopped in the end")
    screen.check("code without a checkpoint rests where it is", is_at_rest)
    screen.check("code without a checkpoint can be stopped", future.cancelled())


def _lines(stack: list[FrameSummary]) -> list[tuple[str, int | None]]:
    return [(frame.filename, frame.lineno) for frame in stack]


def all_is_stopped(demo: Demo) -> None:
    """Stop what sleeps and what is queued."""
    screen = demo.screen
    screen.scene("Stop: what sleeps, and what is queued")
    cleaned_up: list[str] = []
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="sleeping") as pool:
        futures = [pool.submit(look_after, cleaned_up) for _ in range(5 * WORKERS)]
        screen.until(lambda: pool.status().running == WORKERS)
        screen.rest(demo.look(0.5))
        began = time.perf_counter()
        count = pool.stop("the demo goes on")
        screen.until(lambda: all(future.done() for future in futures))
        took = time.perf_counter() - began
    screen.say(
        "stopped",
        f"{count} tasks in {took * 1000:.0f} ms; {len(cleaned_up)} had begun, and their "
        "finally blocks ran",
    )
    screen.check("a stop ends all, and what has begun cleans up", len(cleaned_up) == WORKERS)
    screen.check("all are stopped", all(future.cancelled() for future in futures))


def another_terminal_pauses(demo: Demo, command: list[str], target: str) -> None:
    """Type in another process what the user could type in another terminal."""
    screen = demo.screen
    screen.scene("From another terminal; here a process types what you could type")
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="packing") as pool:
        meter = Meter()
        for path in library():
            pool.submit(pack, path, meter)
        screen.until(meter.total)
        paused = _typed(screen, command, "pause", target, "--reason", "lunch", "--wait")
        before = meter.total()
        screen.rest(demo.look(2.0))
        has_moved = pausable.is_paused() and meter.total() > before  # you may have resumed it
        _typed(screen, command, "resume", target)
        screen.until(lambda: meter.total() > before)
        pool.stop("the demo is over")
    screen.check("it is paused and resumed from outside", paused and not has_moved)


def _typed(screen: Screen, command: list[str], *arguments: str) -> bool:
    screen.line(f"  $ pausable {shlex.join(arguments)}")
    with subprocess.Popen(
        [*command, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,  # a Ctrl-C is not for it
    ) as child:
        try:
            screen.until(lambda: child.poll() is not None)
            assert child.stdout
            screen.say("", child.stdout.read())
        except BaseException:
            child.kill()
            raise
    return child.returncode == 0
