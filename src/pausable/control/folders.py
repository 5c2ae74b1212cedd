"""The folders of control sockets: where programs listen, and where clients look for them.

A folder is the user's alone: it has his uid and mode 0700, is no link, and nobody else can put
another one in its place. In a folder that anybody may write to, whoever is first could listen in
our place. So what another has made is refused, whatever its name.

The rule is the same on both sides. A program takes the first folder that it may have; a client
looks at all, since a variable may be set on one side only (cron, sudo and containers have no
`XDG_RUNTIME_DIR`).
"""

import os
import stat

__all__ = ["VARIABLE", "FolderRefused", "folders", "make_folder", "why_not_private"]

VARIABLE = "PAUSABLE_RUNTIME_DIR"
"""Names the one folder to use, instead of all others."""

_OTHERS = 0o077
_LONGEST = 80  # bytes: the path of a socket has 103 on some systems, and its name is in that
_WRITABLE = 0o022


class FolderRefused(OSError):
    """Raised when there is no folder that is the user's alone."""


def folders() -> list[str]:
    """List the folders that are there and are the user's alone: where programs may listen."""
    return [each for each in _candidates() if os.path.lexists(each) and not why_not_private(each)]


def make_folder() -> str:
    """Return the folder to listen in; make it if it is not there.

    Raises:
        FolderRefused: there is none that is the user's alone.
    """
    reasons = []
    for each in _candidates():
        reason = _made(each)
        if reason is None:
            return each
        reasons.append(reason)
    msg = (
        f"there is no folder for the control socket: {'; '.join(reasons)}. "
        f"Set {VARIABLE} to one that is yours, with mode 0700"
    )
    raise FolderRefused(msg)


def _candidates() -> list[str]:
    """List where the folder may be, the best first."""
    own = os.environ.get(VARIABLE)
    if own:
        return [os.path.abspath(own)]
    if not hasattr(os, "geteuid"):
        return [os.path.join(os.environ.get("LOCALAPPDATA", "."), "pausable")]
    uid = os.geteuid()
    found = [os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{uid}"]
    candidates = [f"{each}/pausable" for each in found if each and not why_not_private(each)]
    candidates += [f"{each}/pausable-{uid}" for each in ("/tmp", os.environ.get("TMPDIR")) if each]  # noqa: S108
    return list(dict.fromkeys(candidates))


def _made(folder: str) -> str | None:
    """Make a folder if it is not there; say why it cannot be used."""
    if hasattr(os, "geteuid") and len(os.fsencode(folder)) > _LONGEST:
        return f"{folder!r} is too long for the path of a socket"
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        return f"{folder!r} cannot be made ({error.strerror})"
    return why_not_private(folder)


def why_not_private(folder: str) -> str | None:
    """Say why a folder is not the user's alone; None if it is."""
    if not hasattr(os, "geteuid"):
        return None  # Windows: the folder of the user's own data is
    try:
        found, above = os.lstat(folder), os.stat(os.path.dirname(folder) or ".")
    except OSError as error:
        return f"{folder!r} cannot be read ({error.strerror})"
    uid = os.geteuid()
    is_open = above.st_mode & _WRITABLE and not above.st_mode & stat.S_ISVTX
    reason = None
    if not stat.S_ISDIR(found.st_mode):
        reason = "is no folder"
    elif found.st_uid != uid:
        reason = f"belongs to the uid {found.st_uid}"
    elif found.st_mode & _OTHERS:
        reason = f"has mode {stat.S_IMODE(found.st_mode):04o}, and others may enter"
    elif is_open or above.st_uid not in (0, uid):
        reason = "is in a folder where others may put another in its place"
    return None if reason is None else f"{folder!r} {reason}"
