"""The live panel: a widget that shows a pool, a group or the process, and can pause and resume it.

What it shows are traits, which anywidget sends to each view when they have changed; they are set by
the sampler's thread alone. What a button asks for comes as a message, on whatever thread the kernel
calls us, and the sampler then shows what has come of it.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

try:
    import anywidget
    import traitlets
except ImportError as _error:
    _message = "a live panel needs anywidget: pip install 'pausable[notebook]'"
    raise ImportError(_message, name="anywidget") from _error

from pausable.errors import ScopeEnded
from pausable.notebook.portrayal import NO_TIMES, gone, picture
from pausable.notebook.sampler import sampler
from pausable.notebook.script import SCRIPT
from pausable.notebook.style import STYLE
from pausable.scopes.foreign import described

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pausable.notebook.exhibit import Exhibit
    from pausable.notebook.portrayal import Facts

__all__ = ["Panel", "panel_of"]


if TYPE_CHECKING:

    class _Widget:
        """What is used of a widget: ipywidgets has no types."""

        comm: object

        def on_msg(self, callback: Callable[[object, dict[str, Any], object], None]) -> None:
            """Call *callback* with what views send."""

        def hold_sync(self) -> AbstractContextManager[None]:
            """Send what is set in a block in one message."""
            raise NotImplementedError

        def close(self) -> None:
            """Be displayed no more."""

        def _repr_mimebundle_(self) -> object: ...

else:
    _Widget = anywidget.AnyWidget


class Panel(_Widget):
    """A live view of a pool, a group or the process, made by `pausable.notebook.panel()`.

    It keeps no pool alive; when nothing of one is left, the panel says so. It may be displayed
    many times; a button in one view changes what all of them show.
    """

    _esm = SCRIPT
    _css = STYLE

    facts: Any = traitlets.Dict().tag(sync=True)
    times: Any = traitlets.Dict().tag(sync=True)
    answer: Any = traitlets.Dict().tag(sync=True)  # to what was asked last; numbered, to be seen

    def __init__(self, subject: Exhibit) -> None:
        """Show *subject* from now on; see `pausable.notebook.panel`."""
        super().__init__()
        self._subject = subject
        self._views: set[str] = set()  # that are open
        self._is_awaited = True  # it was displayed, and the view has not said so yet
        self._is_over = False
        self._facts: Facts | None = None  # that were shown last
        self._number = count(1).__next__
        self._answer: str | None = None  # to be shown with what comes of it
        self.look()
        self.on_msg(self._receive)
        _be_asked_anywhere(self.comm)

    def is_open(self) -> bool:
        """Say whether there is anything to look at, and anybody who may."""
        is_seen = self._is_awaited or bool(self._views)
        return self.comm is not None and is_seen and not self._is_over

    def expect_view(self) -> None:
        """Be looked at from now on: it is about to be displayed, and a view may come much later."""
        self._is_awaited = True
        sampler.add(self)

    def look(self) -> bool:
        """Show what is new; say whether anything is."""
        status = self._subject.status()
        if status is None:
            facts, times = gone(self._facts, self._subject.path), NO_TIMES
        else:
            facts, times = picture(status)
        answer, self._answer = self._answer, None
        has_changed, self._facts = facts != self._facts, facts
        if has_changed or answer is not None:
            with self.hold_sync():  # in one message
                self.facts = dict(facts)
                self.times = {**times, "number": self._number()}  # another one for each drawing
                if answer is not None:
                    self.answer = {"text": answer, "number": self._number()}
        self._is_over = facts["state"] in ("over", "gone")
        return has_changed

    def _receive(self, _: object, content: dict[str, Any], __: object) -> None:
        """Do what a view asks for."""
        if "view" in content:
            self._note_view(str(content["view"]), is_open=bool(content.get("is_open")))
        elif content.get("ask") in ("pause", "resume"):
            self._answer = self._act(content["ask"])
        sampler.add(self)

    def _note_view(self, view: str, *, is_open: bool) -> None:
        if is_open:
            self._views.add(view)
            self._is_awaited = False
        else:
            self._views.discard(view)

    def _act(self, verb: str) -> str:
        """Pause or resume; return what there is to say about it, if anything."""
        try:
            has_changed = self._subject.pause() if verb == "pause" else self._subject.resume()
        except ScopeEnded:
            return f"There is nothing left to {verb}."
        except Exception as error:  # noqa: BLE001 - no thread can be started; whoever asked is told
            return described(error)
        return "" if has_changed else f"Somebody else was faster: there was nothing to {verb}."


def _be_asked_anywhere(comm: object) -> None:
    """Have what views ask for come on any thread of the kernel, and not wait for a busy one.

    A frontend that can sends it to a thread beside the one of the cells (a subshell), so that it
    arrives while a cell runs. ipykernel 7.4 sends it back, for the sake of others: to the thread
    from which the panel was heard last, which is that of the cells.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _as_sent


def _as_sent(_: object, subshell: object) -> object:
    return subshell


_panels: WeakValueDictionary[str, Panel] = WeakValueDictionary()


def panel_of(subject: Exhibit) -> Panel:
    """Return the panel of what was shown before, or make one: all outputs show the same."""
    panel = _panels.get(subject.path)
    if panel is None or panel.comm is None:
        panel = _panels[subject.path] = Panel(subject)
    panel.expect_view()
    return panel
