"""Run the test suites of real projects with the stdlib's thread pool and with ours.

    python -m drop_in                              all projects, all modes
    python -m drop_in --list                       the projects
    python -m drop_in s3transfer --mode ours       one project, with the stdlib's pool and with ours
    python -m drop_in --again 5                    what differs is run again more often
    python -m drop_in tornado --mode preemptive --only tornado/test/gen_test.py --seed 7

The modes: "stdlib" changes nothing; "ours" has our pool wherever a program asks for the stdlib's;
"preemptive" also makes these pools preemptive, and pauses all that are alive every 5 to 50 ms for 1
to 20 ms. The sdists, environments and logs are kept in .venv/drop-in; the first run needs PyPI.

Ends with 1 if a test fails with ours that does not fail with the stdlib's pool. One that then also
fails with the stdlib's pool when it is run again is named as flaky.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
from pathlib import Path

from drop_in import report
from drop_in.environment import Environment, NotMade
from drop_in.progress import say
from drop_in.projects import PROJECTS
from drop_in.run import MODES
from drop_in.trial import Trial

_FOLDER = Path(__file__).parent.parent / ".venv" / "drop-in"


def main() -> int:
    """Run what the arguments ask for, and print what came of it."""
    options = parse()
    if options.list:
        print("\n".join(f"{each.name:18} {each.version}" for each in PROJECTS))
        return 0
    say(f"Python {options.version}, seed {options.seed}")
    trials, missing = [], []
    for project in PROJECTS:
        if options.names and project.name not in options.names:
            continue
        environment = Environment(project, options.python, _FOLDER / options.version)
        try:
            environment.make()
        except NotMade as error:
            say(str(error))
            missing.append(str(error))
            continue
        modes = options.modes or MODES[1:]
        only = tuple(options.only)
        trial = Trial(environment, modes, options.seed, options.timeout, options.again, only)
        trials.append(trial)
        trial.go()
    print("", report.table(trials), "", *report.findings(trials, missing), sep="\n")
    return int(bool(missing) or any(each.is_bad for each in trials))


def parse() -> argparse.Namespace:
    """Read the command line."""
    doc = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m drop_in", None, __doc__, formatter_class=doc)
    add = parser.add_argument
    add("names", nargs="*", metavar="PROJECT", help="of --list; all by default")
    add("--list", action="store_true", help="print the names of the projects")
    add("--mode", dest="modes", action="append", choices=MODES[1:], help="beside stdlib; both")
    add("--only", action="append", default=[], metavar="TEST", help="a file or an id of a test")
    add("--again", type=int, default=3, metavar="N", help="how often what differs is run again (3)")
    add("--seed", type=int, default=random.randrange(1 << 16), help="of the pauses; random")
    add("--timeout", type=float, default=1200, metavar="SECONDS", help="for one run (1200)")
    add("--python", default=sys.executable, help="another interpreter")
    options = parser.parse_args()
    unknown = {*options.names} - {each.name for each in PROJECTS}
    if unknown:
        parser.error(f"not in --list: {', '.join(sorted(unknown))}")
    options.version = version(options.python)
    return options


def version(python: str) -> str:
    """Ask an interpreter for its version."""
    ask = "import platform; print(platform.python_version())"
    return subprocess.run(
        [python, "-c", ask], check=True, text=True, capture_output=True
    ).stdout.strip()


if __name__ == "__main__":
    # As Ctrl-C: what was started ends, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
