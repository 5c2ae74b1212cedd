"""Where a project's tests run: its sdist, unpacked, and an environment with what they need."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from drop_in.progress import follow, say

if TYPE_CHECKING:
    from pathlib import Path

    from drop_in.projects import Project

__all__ = ["Environment", "NotMade"]

_SECONDS = 900
_ALWAYS = ("pytest", "pytest-timeout")


class NotMade(Exception):
    """Raised when an environment cannot be made; says where the log is."""


class Environment:
    """A folder for one project: ``venv``, the sources, logs and records."""

    def __init__(self, project: Project, python: str, folder: Path) -> None:
        """Name it; nothing is made yet."""
        self.project = project
        self.folder = folder / f"{project.name}-{project.version}"
        self.python = self.folder / "venv" / "bin" / "python"
        self.log = self.folder / "environment.log"
        self._base = python

    @property
    def sources(self) -> Path:
        """Where the tests are: the one folder that an sdist has."""
        return next(each for each in (self.folder / "sdist").iterdir() if each.is_dir())

    def make(self) -> None:
        """Make what is not there yet, or was made for other requirements.

        Raises:
            NotMade: a step fails.
        """
        project, ready = self.project, self.folder / "ready"
        if ready.exists() and ready.read_text() == repr(self._needs()):
            return
        say(f"{project.name} {project.version}: making its environment")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        pinned = f"{project.name}=={project.version}"
        pip = (self.python, "-m", "pip", "--disable-pip-version-check")
        source_of = ("--no-binary", project.name, "--no-deps", "--dest", self.folder)
        self._do("venv", self._base, "-m", "venv", "--clear", self.folder / "venv")
        self._do("the sdist", *pip, "download", *source_of, pinned)
        self._unpack()
        self._do("requirements", *pip, "install", *self._needs())
        ready.write_text(repr(self._needs()))

    def _needs(self) -> list[str]:
        project = self.project
        extras = f"[{project.extras}]" if project.extras else ""
        return [f"{project.name}{extras}=={project.version}", *_ALWAYS, *project.requires]

    def _unpack(self) -> None:
        (archive,) = self.folder.glob("*.tar.gz")
        with tarfile.open(archive) as sdist:
            sdist.extractall(self.folder / "sdist", filter="data")
        # Where a project has no configuration of its own, pytest looks further up, and finds ours.
        (self.folder / "sdist" / "pytest.ini").write_text("[pytest]\n")
        if self.project.conftest:
            (self.sources / "conftest.py").write_text(self.project.conftest)

    def _do(self, what: str, *command: object) -> None:
        name = self.project.name
        code = follow(command, log=self.log, seconds=_SECONDS, tell=lambda: f"{name}: {what}")
        if code != 0:
            raise NotMade(f"{name}: {what} failed, see {self.log}")
