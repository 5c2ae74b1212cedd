"""The protocol: what a client may ask of a program, and what that answers. Lines of JSON.

Each line is one frame, in UTF-8. A command's is `LONGEST` bytes long at most; a reply's may be
longer. A command names itself in `do`, a reply in `reply`; a reply has the `id` that the client
gave its command::

    {"do": "pause", "id": 1, "on": {"path": "shop/images"}, "reason": "low battery"}
    {"reply": "paused", "id": 1, "selected": 1, "changed": 1, "is_quiescent": true, ...}

Guarantee: what cannot be done is answered by an `Error`, with a code and a sentence that says what
to do, and has changed nothing; the connection stays. Replies to one connection come in the order of
its commands, but for those of a `Pause` that waits; what a watch sends comes in between, with the
id of the `Watch`.

Growth: fields are added, and never change what they mean. Unknown fields are ignored on both sides.
A frame with a higher `v` than the server's is refused as "too-new", and an unknown command as
"unknown-command". What one version has sent, all later ones understand.

Times: durations are in seconds; moments (`at`, `placed_at`) in seconds since the epoch.
"""

from typing import get_args

try:
    import msgspec
except ImportError as _error:
    _MISSING = (
        "the control server needs msgspec, which is not installed: pip install 'pausable[control]'"
    )
    raise ImportError(_MISSING, name=_error.name) from _error

from pausable.control.commands import (
    VERSION,
    Command,
    Decide,
    Faults,
    Frame,
    Hello,
    Number,
    Pause,
    Resize,
    Resume,
    Selection,
    Status,
    Stop,
    Watch,
    Where,
)
from pausable.control.parts import Fault, Hold, Process, Scope, Stack, Straggler, Task
from pausable.control.replies import (
    Answer,
    Decided,
    Error,
    ErrorCode,
    Event,
    FaultsFound,
    Paused,
    Reply,
    Resized,
    Resumed,
    Sample,
    Stacks,
    StatusTaken,
    Stopped,
    Watching,
    Welcome,
)

__all__ = [
    "LONGEST",
    "VERSION",
    "Answer",
    "Command",
    "Decide",
    "Decided",
    "Error",
    "ErrorCode",
    "Event",
    "Fault",
    "Faults",
    "FaultsFound",
    "Frame",
    "Hello",
    "Hold",
    "Number",
    "Pause",
    "Paused",
    "Process",
    "Reply",
    "Resize",
    "Resized",
    "Resume",
    "Resumed",
    "Sample",
    "Scope",
    "Selection",
    "Stack",
    "Stacks",
    "Status",
    "StatusTaken",
    "Stop",
    "Stopped",
    "Straggler",
    "Task",
    "Watch",
    "Watching",
    "Welcome",
    "Where",
    "decode_command",
    "decode_reply",
    "encode",
]

LONGEST = 65536
"""How many bytes a command's line has at most."""


class _Head(msgspec.Struct, frozen=True):
    """What can be read of a command that is none of ours."""

    do: str = ""
    v: int = VERSION
    id: Number = 0


_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
_heads = msgspec.json.Decoder(_Head)
_encoder = msgspec.json.Encoder()
_KNOWN = frozenset(str(each.__struct_config__.tag) for each in get_args(Command))
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_EXAMPLE = 'a command is one line like {"do": "status"}'


def encode(frame: Command | Reply) -> bytes:
    """Return a frame as a line, with its end."""
    return _encoder.encode(frame) + b"\n"


def decode_command(line: bytes) -> Command | Error:
    """Return the command that a line is, or the error to answer. Raises nothing."""
    try:
        command = _commands.decode(line)
    except _UNREADABLE as error:
        return _refusal(line, error)
    return command if command.v <= VERSION else _too_new(command.id, command.v)


def decode_reply(line: bytes) -> Reply:
    """Return the reply that a line is.

    Raises:
        ValueError: it is none.
    """
    try:
        return _replies.decode(line)
    except _UNREADABLE as error:
        msg = f"not a reply: {error}"
        raise ValueError(msg) from error


def _refusal(line: bytes, error: Exception) -> Error:
    try:
        head = _heads.decode(line)
    except _UNREADABLE:
        return Error(code="malformed", says=f"this is no command: {error}; {_EXAMPLE}")
    if head.v > VERSION:
        return _too_new(head.id, head.v)
    if head.do not in _KNOWN:
        says = f"there is no command {head.do[:50]!r}; there are {', '.join(sorted(_KNOWN))}"
        return Error(id=head.id, code="unknown-command", says=says)
    return Error(id=head.id, code="malformed", says=f"{head.do} is not as it must be: {error}")


def _too_new(number: Number, version: int) -> Error:
    return Error(
        id=number,
        code="too-new",
        says=f"this is version {version} of the protocol, and the program speaks {VERSION}: "
        "install a newer pausable there, or use the client of the older one",
    )
