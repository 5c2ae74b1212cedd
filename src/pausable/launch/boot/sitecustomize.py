"""What the interpreter that `pausable run` has become finds on PYTHONPATH, and runs first.

In this order: it takes itself away, so that neither the program nor what that starts finds it; has
ours imported, and lets the program run without pauses if that fails; and runs the `sitecustomize`
of the user, which it has hidden. That comes last: what it raises costs no pauses.
"""

import _thread
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder

_HERE = os.path.dirname(os.path.abspath(__file__))
_HOME = os.path.dirname(os.path.dirname(os.path.dirname(_HERE)))  # where the package is


def _step_aside() -> str:
    """Leave `sys.path` and the environment as they were without us; return the settings."""
    sys.path[:] = [each for each in sys.path if each != _HERE]
    sys.path_importer_cache.pop(_HERE, None)
    text = os.environ.get("PAUSABLE_RUN", "")
    flags = text.partition("\x1e")[0]
    if "c" in flags:  # what the program starts is to find us, too
        return text
    os.environ.pop("PAUSABLE_RUN", None)
    path = os.environ.get("PYTHONPATH", "")
    if path.startswith(_HERE):
        path = path[len(_HERE + os.pathsep) :]
    if path or "p" in flags:
        os.environ["PYTHONPATH"] = path
    else:
        os.environ.pop("PYTHONPATH", None)
    return text


def _begin(text: str) -> None:
    """Have the program's pools made ours; if that fails, say so, and leave everything as it is."""
    try:
        _our_package()
        from pausable.launch.hook import begin

        begin(text)
    except Exception as error:  # noqa: BLE001 - whatever it is, the program is to run
        if sys.stderr is not None:
            why = f"{type(error).__name__}: {error}"
            sys.stderr.write(f"pausable: the program runs without pauses ({why})\n")


def _our_package() -> None:
    """Import the package that is around this file, whatever else goes by its name."""
    spec = PathFinder.find_spec("pausable", [_HOME])
    if spec is not None and "pausable" not in sys.modules:
        _run_module(spec)


def _run_module(spec: ModuleSpec) -> None:
    from importlib.util import module_from_spec

    module = sys.modules[spec.name] = module_from_spec(spec)
    if spec.loader is not None:  # a folder of that name has none
        spec.loader.exec_module(module)


def _hand_over() -> None:
    """Run the user's own module in the place of this one; without one be as if we were none.

    The import system takes out of `sys.modules` what stands there when this one is over. If that
    were nothing it would be an error; but one that says that there is no such module is what
    `site` expects.
    """
    spec = PathFinder.find_spec("sitecustomize")
    if spec is None:
        msg = "No module named 'sitecustomize'"
        raise ModuleNotFoundError(msg, name="sitecustomize")
    _run_module(spec)


def _is_main_interpreter() -> bool:
    """Say whether this is the program: a sub-interpreter finds this module, too."""
    return getattr(_thread, "daemon_threads_allowed", lambda: True)()  # not in a sub-interpreter


_text = _step_aside()
if _is_main_interpreter():
    _begin(_text)
_hand_over()
