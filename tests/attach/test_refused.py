"""What cannot be attached to: each reason has its sentence, and the program goes on as it was."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from attach.conftest import needs_3_14
from helpers import until

from pausable.attach import errand
from pausable.attach.attachment import attach, detach
from pausable.attach.elf import place_of_section
from pausable.attach.layout import layout_of
from pausable.attach.refusal import AttachRefused
from pausable.attach.stillness import stillness
from pausable.attach.subject import Subject

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is about Linux")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

NOBODY = 65534
RUNS = """
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(naps, n) for n in range(3)]
        say("up")
    say([future.result() for future in futures])
"""


def refused(pid: int, **given: float) -> str:
    """Return why a process cannot be attached to."""
    with pytest.raises(AttachRefused) as caught:
        attach(pid, **given)
    return str(caught.value)


def state(pid: int, thread: object = "") -> str:
    """Return the letter for what a process does, or one of its threads."""
    text = Path(f"/proc/{pid}/task/{thread or pid}/stat").read_text()
    return text.rpartition(")")[2].split()[0]


@pytest.fixture
def other():
    """Give a process that is no Python."""
    process = subprocess.Popen(["/bin/sleep", "3600"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.skipif(sys.platform.startswith("linux"), reason="it is about other systems")
def test_on_another_system():
    """It says where it works."""
    assert "on Linux only" in refused(1)


@on_linux
def test_no_such_process(other):
    """Also one that has just ended."""
    other.kill()
    until(lambda: state(other.pid) == "Z")
    assert refused(other.pid) == "it has ended"
    other.wait()
    assert refused(other.pid) == "there is no such process"


@on_linux
def test_the_very_process():
    """It is told what to call instead."""
    assert "call pausable.adopt() and pausable.serve() in it" in refused(os.getpid())


@on_linux
def test_what_is_no_python(other):
    """It is looked for in the file from which it runs."""
    until(lambda: state(other.pid) == "S")
    assert refused(other.pid).startswith("it does not run CPython")


@on_linux
def test_one_that_is_suspended(other):
    """It is told how to let it go on."""
    other.send_signal(signal.SIGSTOP)
    until(lambda: state(other.pid) == "T")
    assert refused(other.pid) == (
        f"it is suspended: let it go on, by `kill -CONT {other.pid}` or `fg`"
    )


@on_linux
def test_one_that_is_traced(other):
    """A debugger has it: that is named."""
    with stillness(Subject(other.pid)):
        assert f"the process {os.getpid()} traces it" in refused(other.pid)
    until(lambda: not refused(other.pid).startswith("the process"))


@pytest.mark.parametrize(
    ("version", "is_free_threaded", "said"),
    [
        (0x030D00F0, False, "it runs Python 3.13, and only 3.14 and newer can be attached to"),
        (0x030F00F0, False, "it runs Python 3.15, which this version of pausable does not know"),
        (0x030E00C1, False, "it runs Python 3.14, but not as it was released"),
        (0x030E00F0, True, "it runs Python 3.14, without the GIL"),
    ],
)
def test_other_versions(version, is_free_threaded, said):
    """Only layouts that are known are used: another one would be written over anything."""
    with pytest.raises(AttachRefused, match=f"^{said}"):
        layout_of(version, is_free_threaded=is_free_threaded)


@on_linux
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="it is about older ones")
def test_an_older_python(program):
    """It is told what else can be done."""
    it = program(RUNS)
    assert "start it with `pausable run` instead" in refused(it.pid)
    assert it.end() == ["[0, 1, 4]"]


@needs_3_14
def test_one_that_lets_nobody_in(program):
    """It was started so."""
    it = program(RUNS, "-X", "disable-remote-debug")
    assert "-X disable-remote-debug" in refused(it.pid)
    assert it.end() == ["[0, 1, 4]"]


@needs_3_14
@pytest.mark.parametrize("had_pools", [True, False])
def test_one_whose_main_thread_has_ended(program, had_pools):
    """When its pools are over, too: other threads run on, and it says what would pause them."""
    pool = "ThreadPoolExecutor(1).submit(int)" if had_pools else "sys.modules.pop(THREAD)"
    it = program(f"""
        THREAD = "concurrent.futures.thread"
        {pool}
        def work():
            while not threading._SHUTTING_DOWN or any(
                each.name.startswith("ThreadPool") for each in threading.enumerate()
            ):
                time.sleep(0.001)
            say("up")
            say(naps(3))
        threading.Thread(target=work).start()
    """)
    said = refused(it.pid)
    assert said.startswith("its main thread has ended, and no pool of it works any more")
    assert "`kill -STOP`" in said
    assert it.end() == ["9"]


@needs_3_14
def test_nobody_comes_by(program):
    """All of it waits in C: it says so, leaves no request behind, and another attempt is heard."""
    it = program("""
        say("up")
        heard()
        say("went on")
        heard()
    """)
    until(lambda: state(it.pid) == "S")
    assert refused(it.pid, timeout=0.05).startswith(
        "none of its threads has run Python code for 0.05 s"
    )
    it.tell()
    it.until("went on")
    it.tell()
    assert it.end() == []


@needs_3_14
def test_not_installed_there(program, monkeypatch):
    """With another version than ours, nothing of ours can be lent."""
    monkeypatch.setattr(
        errand, "sys", SimpleNamespace(version_info=(3, 13, 0), platform=sys.platform)
    )
    it = program(RUNS, "-S")  # nor is anything else that its Python may have
    assert refused(it.pid) == (
        "pausable is not installed for its Python: install this version there, or attach with the "
        "Python that it runs"
    )
    assert it.end() == ["[0, 1, 4]"]


@needs_3_14
def test_something_is_missing_there(program):
    """What has failed is said, and all of it is undone."""
    it = program(
        """
        import concurrent.futures.thread as stdlib
        sys.modules["msgspec"] = None
        run = vars(stdlib._WorkItem)["run"]
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(naps, n) for n in range(3)]
            say("up")
        say(vars(stdlib._WorkItem)["run"] is run, [future.result() for future in futures])
        """
    )
    said = refused(it.pid)
    assert said.startswith("it could not be done there: ")
    assert "pausable[control]" in said
    assert not detach(it.pid)
    assert it.end() == ["True [0, 1, 4]"]


def in_a_fork(call) -> str:
    """Call something in a forked child, as nobody; return what it has returned, as text."""
    readable, writable = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            os.write(writable, str(call()).encode())
        except BaseException as error:  # noqa: BLE001 - it is the parent's to say
            os.write(writable, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as file:
        said = file.read()
    os.waitpid(pid, 0)
    return said


def why(pid: int) -> str:
    """Return why a process cannot be attached to, without a test's own means."""
    try:
        attach(pid)
    except AttachRefused as error:
        return str(error)
    return "attached"


@on_linux
@as_root
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # to fork with threads
def test_one_of_another_user(other):
    """Both are named, and who could do it."""
    said = in_a_fork(lambda: why(other.pid))
    assert said.startswith("it belongs to 'root', and you are 'nobody'"), said
    assert said.endswith("do it as that user, or as root")


@on_linux
@as_root
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_one_that_is_not_dumpable():
    """As each process that has changed its user."""
    readable, writable = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(writable)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        os.read(readable, 1)
        os._exit(0)
    try:
        until(lambda: f"Uid:\t{NOBODY}" in Path(f"/proc/{pid}/status").read_text())
        said = in_a_fork(lambda: why(pid))
    finally:
        os.close(writable)
        os.close(readable)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert said.startswith("it keeps others from looking into it (it is not dumpable"), said


@on_linux
@pytest.mark.parametrize(
    ("scope", "uid", "said"),
    [
        ("1", 1000, "kernel.yama.ptrace_scope is 1): do it as root"),
        ("3", 0, "kernel.yama.ptrace_scope is 3): start it with `pausable run`"),
        ("", 0, "in a container, give it the capability SYS_PTRACE"),
    ],
)
def test_what_the_system_forbids(other, monkeypatch, scope, uid, said):
    """By its settings, as far as these tell."""
    subject = Subject(other.pid)
    monkeypatch.setattr("pausable.attach.subject._yama", lambda: scope)
    monkeypatch.setattr("os.geteuid", lambda: uid)
    monkeypatch.setattr("os.stat", lambda _: SimpleNamespace(st_uid=uid))
    subject.uid = uid
    assert said in str(subject.denied())


@on_linux
def test_one_that_sees_other_files(other, monkeypatch):
    """As in a container."""
    subject = Subject(other.pid)
    subject.check_files_are_shared()
    monkeypatch.setattr("os.readlink", lambda path: path)
    with pytest.raises(AttachRefused, match="it sees other files than this process"):
        subject.check_files_are_shared()


@on_linux
def test_threads_stand_still(program):
    """None of them runs during the block, and all go on after it."""
    it = program(RUNS)

    def states():
        return {state(it.pid, thread.name) for thread in Path(f"/proc/{it.pid}/task").iterdir()}

    for _ in range(20):
        with stillness(Subject(it.pid)):
            assert states() == {"t"}
        assert "t" not in states()
    assert it.end() == ["[0, 1, 4]"]


@on_linux
def test_the_script_stays_for_those_who_are_about_to_read_it(other, monkeypatch):
    """Each that has heard of it leaves a mark, or has ended; for others it is not kept for ever."""
    monkeypatch.setattr(errand, "_READING", 0.01)
    for marked, gone in ((True, True), (False, False)):
        with errand.Errand(Subject(other.pid), "arrive", None) as sent:
            script = Path(sent.script)
            if marked:
                script.with_name(f"seen-{other.pid}").mkdir()
            sent.await_marks([other.pid])
        assert script.exists() is not gone
        shutil.rmtree(script.parent, ignore_errors=True)
    with errand.Errand(Subject(other.pid), "arrive", None) as sent:
        sent.await_marks([2**22 + 1])  # more than there are threads: it has ended
    assert not Path(sent.script).exists()


@on_linux
@as_root
def test_links_of_the_user_who_gets_the_files_are_not_followed(other, tmp_path, monkeypatch):
    """Root attaches: as soon as something in the folder may be replaced, all of it is, and nothing comes of it."""
    secret, elsewhere = tmp_path / "secret", tmp_path / "elsewhere"
    secret.write_text("done\nthe secret")
    elsewhere.mkdir()
    for name in ("token", "seen-1"):
        (elsewhere / name).touch()
    given = []
    chown = os.chown

    def chown_and_replace(path, *args, **kwargs):
        chown(path, *args, **kwargs)
        given.append(path)
        folder = Path(path)
        if folder.is_dir():
            for each in list(folder.iterdir()):
                each.unlink()
                each.symlink_to(secret)
            folder.rename(tmp_path / "moved")
            folder.symlink_to(elsewhere)

    monkeypatch.setattr("os.chown", chown_and_replace)
    subject = Subject(other.pid)
    subject.uid = subject.gid = NOBODY
    with errand.Errand(subject, "arrive", None) as sent:
        assert len(given) == 4
        assert sent.answer(0.0) is None
        sent.forestall()
        sent.await_marks([2**22 + 1])
    assert secret.stat().st_uid == 0
    assert sorted(each.name for each in elsewhere.iterdir()) == ["seen-1", "token"]
    Path(given[-1]).unlink()


@on_linux
def test_what_a_program_says_is_plain(other, monkeypatch):
    """It may be another user's: nothing of its answer moves the cursor of root's terminal."""
    answer = errand.ErrandAnswer(errand.FAILED, "OSError: \x1b]0;title\x07\nno")
    monkeypatch.setattr("pausable.attach.attachment._ask", lambda *_: answer)
    assert refused(other.pid).isprintable()


@on_linux
def test_a_section_is_found_in_a_file(tmp_path):
    """Only in a file of the system's own kind."""
    text = tmp_path / "text"
    text.write_text("no program")
    assert place_of_section(str(text), b".PyRuntime") is None
    assert place_of_section("/bin/sleep", b".PyRuntime") is None
    assert place_of_section("/bin/sleep", b".text")
