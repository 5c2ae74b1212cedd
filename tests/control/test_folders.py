"""The folder of the socket is the user's alone, or there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pausable.control import folders
from pausable.control.folders import VARIABLE, FolderRefused, make_folder, why_not_private

AS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away"
)
SOMEBODY = 12345


@pytest.fixture
def usual(folder, monkeypatch):
    """Look in the usual places; return a private folder for them to be in."""
    monkeypatch.delenv(VARIABLE)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.delenv("TMPDIR", raising=False)
    yield folder
    for each in sorted(folder.rglob("*"), reverse=True):
        each.rmdir() if each.is_dir() and not each.is_symlink() else each.unlink()


def test_the_variable(usual, monkeypatch):
    """It names the one folder, which is made, and no other is looked at."""
    monkeypatch.setenv(VARIABLE, str(usual / "own"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(usual))
    assert folders.folders() == []
    assert make_folder() == str(usual / "own")
    assert folders.folders() == [str(usual / "own")]
    assert (usual / "own").stat().st_mode & 0o777 == 0o700


def test_the_runtime_folder(usual, monkeypatch):
    """It comes first, if it is the user's alone."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(usual))
    assert make_folder() == str(usual / "pausable")
    assert folders.folders()[0] == str(usual / "pausable")


def test_a_runtime_folder_that_others_may_enter(usual, monkeypatch):
    """One that is left over from somebody else, as under sudo, is not used, and nothing is made in it."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(usual))
    usual.chmod(0o755)
    assert not make_folder().startswith(str(usual))
    assert list(usual.iterdir()) == []


def test_the_last_resort(usual, monkeypatch):
    """Without a runtime folder it is one in the folder for temporary files, with the uid in its name."""
    monkeypatch.setattr(folders, "_candidates", lambda: [str(usual / "a" / "b"), str(usual / "c")])
    assert make_folder() == str(usual / "c")
    monkeypatch.undo()
    assert f"/tmp/pausable-{os.geteuid()}" in folders._candidates()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.chmod(0o750), "has mode 0750, and others may enter"),
        (lambda path: path.chmod(0o701), "has mode 0701"),
        (lambda path: (path.rmdir(), path.write_text("")), "is no folder"),
        (lambda path: (path.rmdir(), path.symlink_to("/tmp")), "is no folder"),
        (lambda path: (path.rmdir(), path.symlink_to(path.parent)), "is no folder"),
        (lambda path: path.parent.chmod(0o777), "where others may put another in its place"),
        (lambda path: path.rmdir(), "cannot be read"),
    ],
)
def test_what_is_not_private(usual, monkeypatch, spoil, why):
    """A folder that others could enter or replace is refused, with the reason."""
    path = usual / "own"
    path.mkdir(0o700)
    assert why_not_private(str(path)) is None
    spoil(path)
    assert why in why_not_private(str(path))
    if path.exists() or path.is_symlink():
        monkeypatch.setenv(VARIABLE, str(path))
        assert folders.folders() == []
        with pytest.raises(FolderRefused, match=why):
            make_folder()
    usual.chmod(0o700)


@AS_ROOT
def test_what_another_has_made_first(usual, monkeypatch):
    """Another user's folder is refused, whatever its mode: he could listen in our place."""
    path = usual / "own"
    path.mkdir(0o700)
    os.chown(path, SOMEBODY, SOMEBODY)
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(FolderRefused, match=rf"belongs to the uid {SOMEBODY}"):
        make_folder()


@AS_ROOT
def test_what_is_in_another_ones_folder(usual):
    """Nor is one in a folder of his, who could put another in its place."""
    above = usual / "above"
    (above / "own").mkdir(0o700, parents=True)
    os.chown(above, SOMEBODY, SOMEBODY)
    assert "put another in its place" in why_not_private(str(above / "own"))


def test_a_folder_that_anybody_may_write_to(usual):
    """As /tmp is, with its sticky bit: nobody else can replace what is ours there."""
    usual.chmod(0o1777)
    (usual / "own").mkdir(0o700)
    assert why_not_private(str(usual / "own")) is None
    usual.chmod(0o700)


def test_a_path_that_is_too_long(usual, monkeypatch):
    """A socket's path has a hundred bytes or so: a folder that is too deep is refused as such."""
    path = usual / ("x" * 100)
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(FolderRefused, match="is too long for the path of a socket"):
        make_folder()
    assert not path.exists()


def test_nothing_can_be_made(usual, monkeypatch):
    """The error names each folder with its reason, and what to set."""
    monkeypatch.setenv(VARIABLE, str(usual / "no" / "such"))
    with pytest.raises(FolderRefused, match=rf"cannot be made \(No such file.*\). Set {VARIABLE}"):
        make_folder()
    assert Path(usual).exists()
