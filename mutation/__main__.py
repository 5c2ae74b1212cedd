"""Change the core at one place after the other, and count how often the tests notice.

    python -m mutation                         a sample of 200 mutants, drawn with seed 0
    python -m mutation --sample 50 --seed 7    another sample
    python -m mutation --only queue            of the modules whose names contain that
    python -m mutation --more                  go on with a run that was interrupted
    python -m mutation --report                what has come of it so far

One mutant at a time, in a copy of the checkout, build/mutation, by cosmic-ray. A mutant with which
the tests hang is found, too. Takes hours, and is nice to others.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cosmic_ray.work_db import use_db

from mutation import sample

if TYPE_CHECKING:
    from cosmic_ray.work_item import WorkItem, WorkResult

_ROOT = Path(__file__).parent.parent
_COPY = _ROOT / "build" / "mutation"
_SESSION = _COPY / "session.sqlite"
_SETTINGS = _COPY / "cosmic-ray.toml"

# The tests of the core, the fast ones first: most mutants are found by them. Then those of what it
# decides about, as users see it. Without those that read the source, or try each line of it.
_TESTS = [
    *(f"tests/core/test_{each}.py" for each in ("decision", "waiving", "pacing", "names", "times")),
    *(f"tests/core/test_{each}.py" for each in ("handing_over", "scheduling", "gate_tree")),
    *(f"tests/{each}" for each in ("core", "adapters", "stopping", "limits", "faults", "pausing")),
    "tests/seeing",
]
_NOT = [f"tests/core/test_{each}.py" for each in ("imports", "submit_without_the_lock")]
_OPTIONS = ["-x", "-q", "--numprocesses=0", "-o", "timeout=0", "-o", "faulthandler_timeout=0"]
_TIMEOUT = 3600.0  # seconds; long before that `mutation.trial` ends what hangs


def main() -> int:
    """Do what the arguments ask for."""
    options = parse()
    if not (options.more or options.report):
        prepare(options)
    if not options.report:
        os.nice(19)
        run("exec", str(_SETTINGS), str(_SESSION))
    print(report())
    return 0


def prepare(options: argparse.Namespace) -> None:
    """Make the copy and the session; the tests must pass on the copy as it is."""
    shutil.rmtree(_COPY, ignore_errors=True)
    for each in ("src", "tests"):
        shutil.copytree(_ROOT / each, _COPY / each, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(_ROOT / "pyproject.toml", _COPY)
    chosen = [
        str(each.relative_to(_COPY))
        for each in sorted((_COPY / "src/pausable/_core").glob("*.py"))
        if options.only in each.stem
    ]
    _SETTINGS.write_text(settings(chosen), encoding="utf-8")
    run("baseline", str(_SETTINGS))
    run("init", str(_SETTINGS), str(_SESSION))
    found, code = sample.draw(_SESSION, _COPY, options.sample, options.seed)
    print(f"{found} mutants, {code} of them of code; a sample with seed {options.seed}", flush=True)


def settings(modules: list[str]) -> str:
    """Write what cosmic-ray reads."""
    tests = [*(f"--ignore={each}" for each in _NOT), *_TESTS]
    words = [
        sys.executable,
        "-m",
        "mutation.trial",
        sys.executable,
        "-m",
        "pytest",
        *_OPTIONS,
        *tests,
    ]
    paths = ", ".join(f'"{each}"' for each in modules)
    return f"""\
[cosmic-ray]
module-path = [{paths}]
timeout = {_TIMEOUT}
test-command = "{" ".join(words)}"

[cosmic-ray.distributor]
name = "local"
"""


def run(*words: str) -> None:
    """Run a command of cosmic-ray in the copy, whose package comes before the one installed."""
    environment = {**os.environ, "PYTHONPATH": f"{_COPY / 'src'}{os.pathsep}{_ROOT}"}
    command = [str(Path(sys.executable).parent / "cosmic-ray"), *words]
    subprocess.run(command, cwd=_COPY, env=environment, check=True)


def report() -> str:
    """List the mutants that nobody noticed, and count by modules."""
    with use_db(str(_SESSION)) as database:
        done, all_of_them = database.completed_work_items, database.num_work_items
    tried, found = Counter[str](), Counter[str]()
    lines = []
    for item, result in sorted(done, key=lambda each: sample.place(each[0])):
        module = item.mutations[0].module_path.stem
        tried[module] += 1
        found[module] += result.is_killed
        if not result.is_killed:
            lines += [survivor(item, result), ""]
    lines += [f"{module:20} {found[module]:4} of {tried[module]:4}" for module in sorted(tried)]
    share = 100 * found.total() / max(1, tried.total())
    lines.append(
        f"{found.total()} of {tried.total()} found, {share:.0f} %; "
        f"{all_of_them - tried.total()} of the sample not tried yet"
    )
    return "\n".join(lines)


def survivor(item: WorkItem, result: WorkResult) -> str:
    """Show a mutant as a difference."""
    spec = item.mutations[0]
    changes = [
        line
        for line in (result.diff or "").splitlines()
        if line[:1] in "+-" and not line.startswith(("---", "+++"))
    ]
    return "\n".join([f"{spec.module_path}:{spec.start_pos[0]} {spec.operator_name}", *changes])


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m mutation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sample", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--only", default="", metavar="TEXT")
    parser.add_argument("--more", action="store_true")
    parser.add_argument("--report", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
