"""The panel itself: the tree above, what is selected below it, the rare events, and the keys."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from pausable.tui.actions import VERBS, Actions
from pausable.tui.details import details
from pausable.tui.dialogs import LineDialog, Reading
from pausable.tui.happenings import Happenings
from pausable.tui.outline import Outline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from pausable.control.link import Link
    from pausable.tui.place import Place

__all__ = ["Top"]

_TICK = 0.1  # seconds; nothing is drawn more often
_CLOCKS = 1.0  # seconds, after which it is drawn for the clocks alone

_HELP = """\
space   pause what is selected, or resume it if a pause holds it
p       pause, with a reason
r       resume: release the holds that pauses have placed on it
x       stop: asks once
l       set how many tasks run at once
f       faults: retry, skip, let fail, resolve
w       where: the stack of a task, or of all that have started
/       show only what has a text in its path; empty shows all
z       freeze the view, and let it go on
c       copy what is selected, and its details
q       leave; the holds stay, and the programs go on

A hold stays when this panel is left. "pausing" is what is asked for and not yet so: the tasks that
still run are listed below, with their lines. What is stale is shown as such.
"""


class Top(Actions):
    """`pausable top`."""

    TITLE: str | None = "pausable top"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    CSS: ClassVar[str] = """
    #details { height: auto; max-height: 12; border-top: solid $primary; padding: 0 1; }
    Happenings { height: 6; border-top: solid $primary; padding: 0 1; overflow-y: auto; }
    Outline { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", "pause/resume"),
        Binding("p", "pause", "pause for..."),
        Binding("r", "resume", "resume"),
        Binding("x", "stop", "stop"),
        Binding("l", "limit", "limit"),
        Binding("f", "faults", "faults"),
        Binding("w", "where", "where"),
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("z", "freeze", "freeze"),
        Binding("c", "copy", "copy", show=False),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, links: Sequence[Link], *, read_only: bool = False) -> None:
        """Show *links*; with *read_only* no key changes anything in a program."""
        super().__init__()
        self.links: Sequence[Link] = links
        self.read_only: bool = read_only
        self.is_frozen: bool = False
        self._tree = Outline(links)
        self._happenings = Happenings()
        self._drawn = 0.0
        self._keys: tuple[str, bool] | None = None  # what the keys at the foot depend on

    def compose(self) -> ComposeResult:
        """Put the parts together."""
        yield self._tree
        with VerticalScroll(id="details"):
            yield Static("", markup=False)
        yield self._happenings
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        for link in self.links:
            link.start()
        self._tree.focus()
        self.set_interval(_TICK, self.tick)
        if self.read_only:
            self.sub_title = "read only"

    def on_unmount(self) -> None:
        """End the connections."""
        for link in self.links:
            link.close()

    def tick(self) -> None:
        """Draw what is new; once a second the clocks."""
        now = time.monotonic()
        is_due = now - self._drawn >= _CLOCKS
        if (
            not self._tree.is_attached
            or self.is_frozen
            or not (is_due or any(link.is_new for link in self.links))
        ):
            return
        self._drawn = now
        self._tree.renew()
        for link in self.links:
            self._happenings.renew(link)

    # What is selected.

    @property
    def place(self) -> Place | None:
        """What is selected."""
        return self._tree.selected

    def on_outline_selected(self) -> None:
        """Tell more of it."""
        place = self.place
        text = "" if place is None else details(place)
        self.query_one("#details Static", Static).update(text)
        keys = None if place is None else (place.row.kind, place.is_faulted)
        if keys != self._keys:  # the footer is made anew by this
            self._keys = keys
            self.refresh_bindings()

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Say which keys there are for what is selected; those that change nothing if read only."""
        del parameters
        if action in VERBS and self.read_only:
            return None
        place = self.place
        if place is None:
            return True
        if action == "limit":
            return place.row.kind == "scope"
        if action == "faults":
            return place.row.kind != "task" or place.is_faulted
        return True

    def action_filter(self) -> None:
        """Ask what is to be shown."""

        def show(text: str | None) -> None:
            if text is not None:
                tree = self._tree
                tree.wanted = text
                tree.renew()
                self.sub_title = f"only {text!r}" if text else ""

        self.push_screen(LineDialog("show only paths with", self._tree.wanted), show)

    def action_freeze(self) -> None:
        """Stop to draw, or go on."""
        self.is_frozen = not self.is_frozen
        self.notify("the view stands still: z lets it go on" if self.is_frozen else "live again")

    def action_copy(self) -> None:
        """Copy what is known of the selected."""
        if self.place is not None:
            self.copy_to_clipboard(details(self.place))
            self.notify("copied")

    def action_help(self) -> None:
        """Explain the keys."""
        self.push_screen(Reading(_HELP))
