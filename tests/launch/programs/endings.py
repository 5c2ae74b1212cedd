"""Ends in the way that its first argument says."""

import atexit
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed

atexit.register(print, "at exit", flush=True)


# In one write, unbuffered as buffered: that of another thread does not come between.
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def nothing():
    say("done")


def exit_code():
    sys.exit(7)


def exit_message():
    sys.exit("a message")


def exit_none():
    sys.exit()


def exit_subclass():
    class Exit(SystemExit):
        pass

    raise Exit(4)


def raises():
    raise ValueError("boom")


def chain():
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise RuntimeError("second") from error


def exception_group():
    raise ExceptionGroup("some", [ValueError(1), TypeError(2)])


def syntax_error():
    exec("x = = 1")


def keyboard_interrupt():
    raise KeyboardInterrupt


def sigint():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(20)


def sigterm():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)


def handled_signal():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
    sigterm()


def waited_signal():
    # One that has a default action: it ends a process in which any thread does not block it.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.kill(os.getpid(), signal.SIGUSR1)
    say(signal.sigwait([signal.SIGUSR1]).name)


def hard_exit():
    os._exit(5)


def thread():
    main = threading.main_thread()

    def outlive():
        main.join()
        say("thread done")

    threading.Thread(target=outlive).start()
    say("main done")


def pool():
    main_is_done = threading.Event()

    def outlive():
        main_is_done.wait()
        say("task done")

    ThreadPoolExecutor(2).submit(outlive)
    say("main done")
    main_is_done.set()


def queued():
    executor = ThreadPoolExecutor(1)
    for number in range(5):
        executor.submit(say, "task", number)


def pool_block():
    with ThreadPoolExecutor(4, "mine") as executor:
        futures = [executor.submit(pow, number, 2) for number in range(20)]
        say(sorted(each.result() for each in as_completed(futures)))
        say(executor.submit(lambda: threading.current_thread().name[:5]).result())


def failed_task():
    with ThreadPoolExecutor(1) as executor:
        error = executor.submit(raises).exception()
        last = traceback.extract_tb(error.__traceback__)[-1]
        say(type(error).__name__, error, last.name, last.lineno, last.line)


def dropped_pool():
    future = ThreadPoolExecutor(1).submit(say, "task")
    future.result()
    say("main done")


def excepthook():
    sys.excepthook = lambda kind, *_: say("hook", kind.__name__)
    raise ValueError


def excepthook_exits():
    def hook(*_):
        sys.exit(9)

    sys.excepthook = hook
    raise ValueError


def unraisable():
    class Bad:
        def __del__(self):
            raise ValueError("in a finalizer")

    Bad()


def thread_raises():
    each = threading.Thread(target=raises, name="mine")
    each.start()
    each.join()


def closed_output():
    sys.stdout.close()


def standard_input():
    say(sys.stdin.read())


def deleted():
    class Deleted:
        def __del__(self):
            say("deleted")

    globals()["keep"] = Deleted()


def warned():
    warnings.warn("not like that", DeprecationWarning, stacklevel=2)


def forked():
    child = os.fork()
    if child == 0:
        with ThreadPoolExecutor(1) as executor:
            say("child", executor.submit(abs, -1).result())
        sys.exit(3)
    say("parent", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def no_child():
    try:
        os.wait()
    except ChildProcessError as error:
        say(error)


def executed():
    os.execv(sys.executable, [sys.executable, "-c", "import os; print(sorted(os.environ))"])


if __name__ == "__main__":
    globals()[sys.argv[1]]()
