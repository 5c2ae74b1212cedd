"""Writes down what a main program can see of how it was started."""

import sys

# But for the one that waits for `multiprocessing.pool` to be imported.
_early = [repr(each) for each in sys.meta_path if "pausable" not in repr(each)]
_frame, _stack = sys._getframe(), []
while _frame is not None:
    _stack.append((_frame.f_code.co_filename, _frame.f_code.co_name))
    _frame = _frame.f_back

import gc
import inspect
import json
import multiprocessing
import os
import pickle
import signal
import threading
import warnings


class Thing:
    """One that is pickled."""

    field = 1


def function(number):
    return number + 1


def child(queue):
    ours = [name for name in sys.modules if name.partition(".")[0] == "pausable"]
    queue.put((__name__, sys.argv, dict(os.environ), sys.path, ours))


def children():
    said = {}
    for method in ("spawn", "forkserver", "fork"):
        context = multiprocessing.get_context(method)
        queue = context.SimpleQueue()
        process = context.Process(target=child, args=(queue,))
        process.start()
        name, argv, environment, path, ours = queue.get()
        process.join(20)
        said[method] = (name, argv, environment, path, process.exitcode)
        if method == "spawn":
            said["ours in a spawned child"] = ours
    return said


def depth(number=1):
    try:
        return depth(number + 1)
    except RecursionError:
        return number


def facts():
    names = globals()
    spec = names.get("__spec__")
    return {
        "argv": sys.argv,
        "orig_argv": sys.orig_argv[1:],
        "executable": sys.executable,
        "path": sys.path,
        "flags": repr(sys.flags),
        "xoptions": sys._xoptions,
        "warnings": [sys.warnoptions, repr(warnings.filters)],
        "environment": list(os.environ.items()),
        "cwd": os.getcwd(),
        "name": __name__,
        "file": names.get("__file__"),
        "package": names.get("__package__"),
        "spec": spec and spec.name,
        "cached": names.get("__cached__"),
        "loader": type(names.get("__loader__")).__name__,
        "builtins": type(names["__builtins__"]).__name__,
        "annotations": names.get("__annotations__"),
        "own names": sorted(name for name in names if name[:2] == "__"),
        "is main": vars(sys.modules["__main__"]) is names,
        "stack": _stack,
        "finders": _early,
        "path hooks": [repr(each) for each in sys.path_hooks],
        "threads": [each.name for each in threading.enumerate()],
        "signals": [str(signal.getsignal(each)) for each in sorted(signal.valid_signals())],
        "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "hooks": [sys.excepthook is sys.__excepthook__, sys.gettrace(), sys.getprofile()],
        "limits": [sys.getrecursionlimit(), sys.getswitchinterval(), gc.get_threshold()],
        "depth": depth(),
        "next file": next_file(),
        "umask": os.umask(0o22),
        "group": os.getpgrp() == os.getpid(),
        "sitecustomize": "sitecustomize" in sys.modules,
        "source": source(),
        "pickle": pickled(),
    }


def next_file():
    number = os.open(os.devnull, os.O_RDONLY)
    os.close(number)
    return number


def source():
    try:
        return inspect.getsource(function)
    except OSError as error:
        return str(error)


def pickled():
    data = pickle.dumps([Thing(), function])
    return [data.hex(), pickle.loads(data)[0].field]


if __name__ == "__main__":
    found = facts()
    if "children" in sys.argv:
        found.update(children())
    print(json.dumps(found, default=repr))
