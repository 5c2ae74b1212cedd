"""Build wheel and sdist, look through them, install both on each Python, and try them there.

    python -m release                on all Pythons that .ci/pythons lists
    python -m release --pythons 2    on the first two of them

What was built is in dist/. Ends with 1 if anything is not as it should be; each such thing is said.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from release import contents

_ROOT = Path(__file__).parent.parent
_DIST = _ROOT / "dist"

# In an environment that has nothing else. The version is said by code and by metadata.
_TRIAL = """
import sys, threading
from importlib.metadata import version
import pausable
from pausable.futures import ThreadPoolExecutor

assert pausable.__file__.startswith(sys.prefix), pausable.__file__
assert pausable.__version__ == version("pausable")
begun, goes_on = threading.Event(), threading.Event()

def work():
    begun.set()
    while not goes_on.is_set():
        pausable.checkpoint()
    return "done"

with ThreadPoolExecutor(2) as pool:
    future = pool.submit(work)
    begun.wait()
    with pool.pause("to try it", timeout=60):
        queued = pool.submit(int)
        assert pool.status().resting == 1 and not queued.running()
    goes_on.set()
    assert future.result(60) == "done" and queued.result(60) == 0
"""


def main() -> int:
    """Do all that."""
    parser = argparse.ArgumentParser(
        prog="python -m release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pythons", type=int, metavar="N")
    number = parser.parse_args().pythons
    with tempfile.TemporaryDirectory(prefix="pausable-release-") as scratch:
        wheel, sdist, again = build(Path(scratch))
        wrong = look_through(wheel, sdist, again)
        listed = _output(str(_ROOT / ".ci" / "pythons")).splitlines()[:number]
        for line in listed:
            _, version, python = line.split("\t")
            for each in (wheel, sdist):
                failed = attempt(python, each, Path(scratch) / f"{version}-{each.suffix}")
                print(f"{version}: {each.name}: {failed or 'installed, and tried'}", flush=True)
                wrong += [f"{each.name} on {version}: {failed}"] if failed else []
        if not listed:
            wrong.append("no Python was found to try them on")
    for said in wrong:
        print(f"wrong: {said}")
    return int(bool(wrong))


def build(scratch: Path) -> tuple[Path, Path, Path]:
    """Build the wheel and the sdist into dist/, and the wheel of that sdist elsewhere."""
    shutil.rmtree(_DIST, ignore_errors=True)
    run("build", "--wheel", "--outdir", str(_DIST), str(_ROOT))
    run("build", "--sdist", "--outdir", str(_DIST), str(_ROOT))
    [wheel], [sdist] = _DIST.glob("*.whl"), _DIST.glob("*.tar.gz")
    shutil.unpack_archive(sdist, scratch / "unpacked", filter="data")
    [folder] = (scratch / "unpacked").iterdir()
    run("build", "--wheel", "--outdir", str(scratch / "again"), str(folder))
    [again] = (scratch / "again").glob("*.whl")
    return wheel, sdist, again


def look_through(wheel: Path, sdist: Path, again: Path) -> list[str]:
    """Say in sentences what is wrong with what was built."""
    run("twine", "check", "--strict", str(wheel), str(sdist))
    in_wheel, in_sdist = contents.in_wheel(wheel), contents.in_sdist(sdist)
    wrong = [f"{wheel.name}: {said}" for said in contents.wrong_with_wheel(in_wheel, _ROOT)]
    wrong += [f"{sdist.name}: {said}" for said in contents.wrong_with_sdist(in_sdist, _ROOT)]
    differing = contents.differences(in_wheel, contents.in_wheel(again))
    wrong += [f"the wheel of {sdist.name} has another {each}" for each in differing]
    print(f"{wheel.name}: {len(in_wheel)} files; {sdist.name}: {len(in_sdist)} files", flush=True)
    return wrong


def attempt(python: str, distribution: Path, folder: Path) -> str | None:
    """Install what was built into an environment of its own, and try it; say what has failed."""
    own = str(folder / "bin" / "python")
    steps = [
        [python, "-m", "venv", "--without-pip", str(folder)],  # Debian's have none to give
        [sys.executable, "-m", "pip", "--python", own, "install", "--quiet", str(distribution)],
        [own, "-I", "-W", "error", "-c", _TRIAL],
        [str(folder / "bin" / "pausable"), "--version"],
    ]
    for step in steps:
        done = subprocess.run(step, cwd=folder.parent, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{' '.join(step)[:80]}... failed:\n{done.stdout}{done.stderr}"
    if not re.fullmatch(r"pausable \d+\.\d+\.\d+\S*\n", done.stdout):
        return f"pausable --version says {done.stdout!r}"
    return None


def run(module: str, *words: str) -> None:
    """Run one of the tools; its output is shown if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{module} {' '.join(words)} has failed:\n{done.stdout}{done.stderr}")


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
