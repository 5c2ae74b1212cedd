"""The commands that reach a program: what each does, says, and ends with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from helpers import until

import pausable
from pausable.control import wire
from pausable.control.programs import pid_of
from pausable.control.route import connect
from pausable.futures import ThreadPoolExecutor

pytestmark = pytest.mark.usefixtures("served")


@pytest.fixture
def pool(names):
    """Return a pool "shop" with a task that comes to checkpoints, and one in the queue."""
    is_over = threading.Event()

    def work():
        while not is_over.is_set():
            pausable.checkpoint()
            is_over.wait(0.001)

    with ThreadPoolExecutor(1, thread_name_prefix="shop") as pool:
        pool.submit(work)
        pool.submit(int)
        until(lambda: pool.status().running == 1)
        names["shop"] = pool.status().path
        yield pool
        is_over.set()
        pausable.resume()
        pool.resume()


@pytest.fixture
def stubborn():
    """Return a pool "rough" with a task that comes to no checkpoint."""
    is_over = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="rough") as pool:
        pool.submit(is_over.wait)
        until(lambda: pool.status().running == 1)
        yield pool
        is_over.set()


# Which program, and what of it.


@pytest.mark.parametrize("target", ["", "PID", "crawler", "PID shop", "shop", "crawler 'sh*'"])
def test_the_target(pool, pausable_, target):
    """A program by its pid or name, or the only one; of it all, a path, or a pattern."""
    assert pausable_(f"pause {target} --wait").code == 0
    assert pool.is_paused()
    assert pausable_(f"resume {target}").code == 0
    assert not pool.is_paused()


def test_a_name_of_digits(pool, pausable_, start_program):
    """As that of 2024.py: where no program has this pid it is a name."""
    start_program("99999999")
    assert json.loads(pausable_("status 99999999 --json").out)["program"]["name"] == "99999999"


def test_a_target_by_its_id(pool, pausable_):
    """As a status gives it."""
    number = pool.status().id
    assert pausable_(f"pause PID --id {number}").out.startswith(f"paused id {number} of process")
    assert [hold.scope for hold in pool.holds()] == ["shop"]
    assert pausable_(f"resume PID --id {number}").code == 0


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("pause 1", 1, "pid 1: it does not serve: start it with `pausable run`"),
        ("pause 99999999", 1, "there is no such process"),
        ("pause nobody", 1, "there is no program, pool, group or task 'nobody'"),
        ("pause nobody shop", 1, "no program of yours is called 'nobody'"),
        ("pause PID nothing", 1, "nothing"),
        ("pause PID 'no*'", 1, "no*"),
        ("pause PID --id 999999999", 1, "999999999"),
        ("pause --all PID shop", 2, "with --all there is no PROGRAM"),
        ("pause --for soon", 2, "is no duration"),
        ("pause --for 1s --until 07:00", 2, "not allowed with"),
        ("resize shop 0", 2, "is no limit"),
        ("stop", 2, "say of which program"),
        ("decide shop resolve", 2, "resolve needs a --value"),
        ("decide shop retry --value 1", 2, "resolve needs a --value"),
        ("decide shop sing", 2, "invalid choice"),
        ("pause --all --while true", 2, "--while holds one program"),
        ("pause /tmp/shop.sock", 1, "this is no socket of a program: those are called PID.sock"),
        ("status --tasks -1", 2, "'-1' is no number of things"),
        ("where --tasks many", 2, "'many' is no number of things"),
        ("watch --hz 0", 2, "'0' is no rate"),
        ("watch --hz nan", 2, "'nan' is no rate"),
        ("top --hz -1", 2, "'-1' is no rate"),
    ],
)
def test_what_makes_no_sense(pool, pausable_, line, code, says):
    """The error says what is wrong, and nothing has changed."""
    ran = pausable_(line)
    assert ran.code == code
    assert says in ran.err
    assert ran.out == ""
    assert not pool.is_paused()


@pytest.mark.parametrize(
    "line",
    [
        "pause --wait PID shop",
        "pause PID --wait shop",
        "pause PID shop --wait",
        "pause --wait -- PID shop",
        "pause crawler --reason lunch shop --wait",
    ],
)
def test_options_stand_anywhere(pool, pausable_, line):
    """Before PROGRAM, behind SCOPE, and between them."""
    assert pausable_(line).code == 0
    assert pool.is_paused()
    pool.resume()
    for other in ("resize PID --json shop 2", "resize --json PID shop 3"):
        assert json.loads(pausable_(other).out)["changed"] == 1


def test_all_programs(pool, pausable_):
    """`--all` is each that serves; SCOPE comes alone then."""
    assert pausable_("pause --all shop").code == 0
    assert pool.is_paused()
    assert pausable_("resume --all shop").code == 0
    assert not pool.is_paused()


# Pause and resume.


def test_pause_and_resume(pool, pausable_):
    """What was done is said; the hold has the reason, and an owner from outside."""
    ran = pausable_("pause PID --reason 'low battery' --wait")
    assert ran == (0, f"paused process {os.getpid()}; each started task rests\n", "")
    (hold,) = pausable.status().holds
    assert hold.reason == "low battery"
    assert f"(pid {os.getpid()})" in hold.owner
    ran = pausable_("resume PID")
    assert ran == (0, f"resumed process {os.getpid()}: 1 hold released\n", "")
    assert not pool.is_paused()


def test_a_resume_that_changes_nothing_says_so(pool, pausable_):
    """It is no failure: the program is not paused, as was wanted."""
    ran = pausable_("resume crawler")
    assert ran.code == 0
    assert ran.out.startswith("nothing to resume: no pause holds crawler")
    assert not pool.is_paused()


def test_a_resume_names_what_holds_still(pool, pausable_):
    """With its own exit code: a hold above is not this scope's to release."""
    pausable.pause("nightly backup", owner="cron")
    pool.pause("here")
    ran = pausable_("resume PID shop")
    assert ran.code == 3
    assert "1 hold released" in ran.out
    assert "shop of process" in ran.err
    assert "is still paused:" in ran.err
    assert "the process: held for" in ran.err
    assert "by cron, until a resume: nightly backup" in ran.err


def test_below(pool, pausable_):
    """With `--below` also what is held on its own."""
    group = pool.group("images")
    group.pause("disk full")
    assert pausable_("resume PID shop").out.startswith("nothing to resume")
    assert group.is_paused()
    assert pausable_("resume PID shop --below").out.endswith("1 hold released\n")
    assert not group.is_paused()


def test_outside(pool, pausable_):
    """With `--outside` the program's own holds stay."""
    pausable.pause("its own")
    assert pausable_("pause PID").code == 0
    assert pausable_("resume PID --outside").code == 3
    assert [hold.reason for hold in pausable.status().holds] == ["its own"]
    assert pool.is_paused()


def test_a_hold_for_a_time(pool, pausable_):
    """It ends by itself; `status` says when."""
    assert pausable_("pause PID shop --for 1h").code == 0
    assert "for another 60 min" in pausable_("status PID shop").out
    assert pool.is_paused()
    pausable_("resume PID shop")


def test_to_finish(pool, pausable_):
    """With `--finish` what runs goes on, and nothing new starts."""
    assert pausable_("pause PID shop --finish").code == 0
    assert pool.holds()[0].running == "finish"
    assert pool.status().running == 1
    pausable_("resume PID shop")


def test_a_pause_that_waits_in_vain(stubborn, pausable_):
    """The stragglers are named with their lines, the hold stays, and the exit code says so."""
    ran = pausable_("pause PID --wait --timeout 50ms")
    assert ran.code == 3
    assert "is not quiescent after" in ran.err
    assert f"`pausable resume {os.getpid()}` releases it" in ran.err
    assert "/wait-1 at " in ran.err
    assert ".py:" in ran.err
    assert stubborn.is_paused()
    assert pausable_("resume PID").code == 0


def test_a_long_wait_says_how_far_it_is(stubborn, pausable_):
    """Nothing waits in silence."""
    ran = pausable_("pause PID --wait --timeout 1100ms")
    assert ran.err.startswith(f"pausing process {os.getpid()}: 1 task still running\n")
    pausable_("resume PID")
    assert not stubborn.is_paused()


def test_while_a_command_runs(pool, pausable_, tmp_path):
    """All rests while it runs; its exit code is the command's; the hold ends with it."""
    seen = tmp_path / "seen"
    look = f"{sys.executable} -m pausable status PID > {seen}; exit 7"
    ran = pausable_(f'pause PID --while "{look}" --reason backup')
    assert ran.code == 7
    assert "paused, quiescent; 0 running, 1 resting" in seen.read_text()
    assert "till its client has ended: backup" in seen.read_text()
    assert not pool.is_paused()


def test_a_command_that_is_killed(pool, pausable_):
    """The exit code is what a shell would say."""
    assert pausable_("pause PID --while 'kill -TERM $$'").code == 128 + signal.SIGTERM
    assert not pool.is_paused()


def test_a_command_is_not_run_if_not_all_rests(stubborn, pausable_, tmp_path):
    """A backup of what still changes would be worse than none."""
    ran = pausable_(f"pause PID --timeout 50ms --while 'touch {tmp_path}/ran'")
    assert ran.code == 3
    assert "the command was not run" in ran.err
    assert not (tmp_path / "ran").exists()
    until(lambda: not stubborn.is_paused())


def test_a_client_that_is_killed(pool, start, tmp_path):
    """The hold of `--while` ends with its client, however that ends."""
    began = tmp_path / "began"
    client = start("pause", str(os.getpid()), "--while", f"touch {began}; exec sleep 100")
    until(began.exists)
    assert pool.is_paused()
    client.kill()
    until(lambda: not pool.is_paused())


def test_a_program_that_does_not_answer(pool, pausable_, start_program):
    """It is not as if there were none: it hangs, or is suspended, and both is said."""
    suspended = start_program("suspended")
    suspended.send_signal(signal.SIGSTOP)
    try:
        ran = pausable_("ls")
        assert f"{suspended.pid}  does not answer" in ran.out
        assert "crawler" in ran.out
        ran = pausable_("pause suspended")
        assert ran.code == 1
        assert "there is no program, pool, group or task 'suspended'" in ran.err
        assert f"kill -CONT {suspended.pid}" in ran.err
        assert not pool.is_paused()
    finally:
        suspended.send_signal(signal.SIGCONT)


def test_a_pipe_that_nobody_reads(pool, start):
    """`pausable watch | head` ends with the head, also while nothing happens."""
    client = start("watch", str(os.getpid()))
    assert "running" in client.stdout.readline()
    client.stdout.close()
    assert client.wait(20) == 0
    assert pool.status().running == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("what", "unbuffered"),  # with "1", argparse itself passes over it
    [("status {}", "1"), *((what, "") for what in ("status {}", "status -h", "-h", "--version"))],
)
def test_an_output_that_is_full(pool, what, unbuffered):
    """It is said, without a traceback, whether at the first line or only at the end."""
    command = f"{sys.executable} -m pausable {what.format(os.getpid())} > /dev/full"
    ran = subprocess.run(
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "No space left" in ran.stderr
    assert not pool.is_paused()


# The others.


def test_ls(pool, pausable_):
    """A line for each program, with its state; or its pid and name only, or JSON."""
    (line,) = pausable_("ls").out.splitlines()
    assert line.split()[:2] == [str(os.getpid()), "crawler"]
    assert "open; 1 running, 0 resting, 1 queued, 0 done" in line
    assert pausable_("ls --quiet").out.split() == [str(os.getpid()), "crawler"]
    (facts,) = map(json.loads, pausable_("ls --json").out.splitlines())
    assert facts["pid"] == os.getpid()
    assert facts["process"]["running"] == pool.status().running


def test_ls_connects_once(pool, pausable_, start_program, monkeypatch):
    """To each program, which says over the same connection who and how it is."""
    other = start_program("other")
    made = []
    monkeypatch.setattr(wire, "connect", lambda *given: made.append(given) or connect(*given))
    out = pausable_("ls").out
    assert out.count("open; ") == 2
    pids = [pid_of(address) for address, _ in made]
    assert sorted(pids) == sorted([os.getpid(), other.pid])
    assert pool.status().running == 1


def test_status(pool, pausable_):
    """The tree with counts, lines, clocks and holds."""
    pool.group("images", limit=2).pause("disk full", owner="janitor")
    out = pausable_("status").out
    assert out.startswith(
        f"crawler ({os.getpid()}): open; 1 running, 0 resting, 1 queued, 0 done\n"
    )
    assert "\n  shop: open; 1 running, 0 resting, 1 queued, 0 done, at most 1 at once\n" in out
    assert "\n    shop/work-1: running at " in out
    assert "\n    shop/int-2: queued; active 0.0 s\n" in out
    assert "\n    shop/images: paused, quiescent; 0 running" in out
    assert "by janitor, until a resume: disk full\n" in out
    assert "\n    shop/work-1" not in pausable_("status PID shop/images").out
    assert "and 2 more tasks" in pausable_("status --tasks 0").out


def test_json(pool, pausable_):
    """Each command prints the reply as one line, with the program."""
    program = {"pid": os.getpid(), "name": "crawler"}
    for line in ("pause --wait", "status", "where", "faults", "resize shop 2", "resume"):
        facts = json.loads(pausable_(f"{line} --json").out)
        assert facts["program"] == program, line
        assert "reply" not in facts
    for target in ("PID", "crawler", "shop"):
        assert json.loads(pausable_(f"status {target} --json").out)["program"] == program
    assert pool.is_paused() is False


def test_stop(pool, pausable_):
    """Tasks that have started, too, are asked to stop; the reason comes to their futures."""
    ran = pausable_("stop PID shop/work-1 --reason 'not needed'")
    assert ran == (0, f"asked 1 task of shop/work-1 of process {os.getpid()} to stop\n", "")
    until(lambda: pool.status().stopped == 1)
    until(lambda: pool.status().succeeded == 1)
    assert pausable_("stop PID shop").out.startswith("nothing to stop")


def test_resize(pool, pausable_):
    """A limit of a pool, and of a group."""
    assert pausable_("resize PID shop 3").out.endswith("at most 3 at once\n")
    assert "at most 3 at once" in pausable_("status PID shop").out
    assert pausable_("resize shop 3").out.startswith("nothing changed")
    pool.group("images", limit=1)
    assert pausable_("resize PID shop/images none").out.endswith("any number at once\n")
    assert "images: open; 0 running, 0 resting, 0 queued, 0 done, at most 3 at once\n" in (
        pausable_("status PID shop/images").out
    )
    ran = pausable_("resize PID shop none")
    assert (ran.code, ran.out) == (1, "")


def test_faults_are_decided(pausable_, names):
    """They are listed with what was raised, and each decision has its outcome."""
    tried = set()

    def price(item):
        if item not in tried:
            tried.add(item)
            raise KeyError(item)
        return 5

    with ThreadPoolExecutor(1, thread_name_prefix="prices") as pool:
        group = pool.group("fruit", on_fault="hold", faults=KeyError)
        futures = {name: group.submit(price, name) for name in ("fig", "kiwi", "plum")}
        decisions = [("fig", "retry"), ("kiwi", "resolve --value 0"), ("plum", "skip")]
        for number, (item, decision) in enumerate(decisions, 1):
            until(group.faults)
            listed = pausable_("faults --traceback --locals").out
            assert f"prices/fruit/price-{number}: " in listed
            assert f"KeyError: '{item}'" in listed
            assert f"item = '{item}'" in listed
            said = pausable_(f"decide prices/fruit/price-{number} {decision}").out
            assert said.startswith("decided 1 fault")
        assert futures["fig"].result(10) == 5
        assert futures["kiwi"].result(10) == 0
        until(futures["plum"].cancelled)
        ran = pausable_("decide PID skip")
        assert (ran.code, ran.out) == (1, "")
        assert "no task of what is selected waits for a decision" in ran.err
        assert pausable_("faults").out.startswith("no fault of")


def test_where(pool, pausable_):
    """The stack, from the task's function to its line; with its variables where it rests."""
    assert pausable_("pause --wait").code == 0
    out = pausable_("where PID --locals").out
    assert out.startswith("shop/work-1: resting\n")
    assert "in work: pausable.checkpoint()" in out
    assert "is_over = " in out
    assert pausable_("resume").code == 0
    assert pool.status().running == 1


def test_watch(pool, start):
    """Holds and counts are printed as they come, until Ctrl-C."""
    client = start("watch", str(os.getpid()), "--hz", "20")
    lines = iter(client.stdout.readline, "")
    assert f"{pool.status().path}: 1 running, 0 resting, 1 queued, 0 done" in next(lines)
    with pausable.pause("backup", owner="cron", timeout=10):
        assert any("is paused by cron, until a resume: backup" in line for line in lines)
        assert any(": 0 running, 1 resting" in line for line in lines)
    assert any("a hold is released: backup" in line for line in lines)
    client.send_signal(signal.SIGINT)
    assert client.wait(10) == 0
    assert pool.status().running == 1


def test_watch_ends_with_the_program(served, start):
    """And says so."""
    client = start("watch", str(os.getpid()), "--json")
    assert json.loads(client.stdout.readline())["reply"] == "sample"
    served.close()
    assert client.wait(10) == 0
    assert "has ended, or serves no more" in client.stderr.read()


def test_no_program_serves(served, pausable_):
    """The error says how one gets there."""
    served.close()
    for line in ("pause", "status", "pause --all", "watch", "pause shop"):
        ran = pausable_(line)
        assert ran.code == 1, line
        assert "serve" in ran.err or "there is no program" in ran.err
    assert "no program of yours serves" in pausable_("ls").err
    assert pausable_("ls --json") == (0, "", "")


def test_the_completion(pausable_):
    """It has each command, and asks for the programs."""
    pytest.importorskip("shtab")
    script = pausable_("completion bash").out
    for word in ("pause", "resume", "--reason", "pausable ls --quiet"):
        assert word in script
    checked = subprocess.run(["bash", "-n"], input=script, text=True, check=False)
    assert checked.returncode == 0


def test_a_pause_in_a_block_is_not_undone(pool, pausable_):
    """Holds do not undo each other: what the program has paused stays paused for it."""
    with pool.pause("inside", timeout=10):
        assert pausable_("pause PID shop").code == 0
        assert pausable_("resume PID shop --outside").code == 3
        assert pool.is_paused()
    assert not pool.is_paused()
