"""The outline: the rows of all programs, of which only those in sight are drawn.

The selection is a process, a scope or a task, by its id, and never a row: whatever comes and goes
above it, it stays where it is on the screen. If it is over, its scope is selected instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pausable.control.mirror import STALE
from pausable.tui.cells import HEADER, cells_of_process, cells_of_scope, cells_of_task
from pausable.tui.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType

    from pausable.control.link import Link
    from pausable.tui.cells import Cells

__all__ = ["Outline"]

_COUNTS, _STATE, _CLOCK = 20, 9, 8
_NAME = (18, 44)  # at least and at most


class Outline(ScrollView, can_focus=True):
    """The programs with their pools, groups and tasks."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"tree--{look}"
        for look in (
            "header",
            "selected",
            "open",
            "paused",
            "pausing",
            "running",
            "resting",
            "queued",
            "stopping",
            "faulted",
            "stale",
        )
    }
    DEFAULT_CSS: ClassVar[str] = """
    Outline {
        background: $surface;
        & > .tree--header { color: $text-muted; text-style: bold; }
        & > .tree--selected { background: $primary 35%; text-style: bold; }
        & > .tree--open, & > .tree--running { color: $text-success; }
        & > .tree--paused, & > .tree--resting { color: $text-primary; }
        & > .tree--pausing, & > .tree--stopping { color: $text-warning; }
        & > .tree--queued { color: $text-muted; }
        & > .tree--faulted { color: $text-error; }
        & > .tree--stale { color: $text-disabled; text-style: italic; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home,g", "move(-1000000)", "first", show=False),
        Binding("end,G", "move(1000000)", "last", show=False),
    ]

    class Selected(Message):
        """Another place is selected, or what is known of it has changed."""

    def __init__(self, links: Sequence[Link]) -> None:
        """Show *links*, in their order."""
        super().__init__()
        self.links: Sequence[Link] = links
        self.wanted: str = ""  #: only what has this in its path is shown
        self.places: list[Place] = []
        self.selected: Place | None = None
        self._above: list[int] = []  # the scopes that the selected is, or was, in
        self._name_width = _NAME[0]

    # What is shown.

    def renew(self) -> None:
        """Take what the links have told since."""
        before = self._index()
        places: list[Place] = []
        for link in self.links:
            with link.lock:
                places += [Place(link, row) for row in link.mirror.rows(self.wanted)]
                link.is_new = False
        self.places = places
        self._select_again()
        widest = max(
            (len(self._cells(place).name) + 2 * place.row.depth for place in places), default=0
        )
        self._name_width = min(max(widest, _NAME[0]), _NAME[1])
        self.virtual_size: Size = Size(self.size.width, len(places) + 1)
        after = self._index()
        if before is not None and after is not None and after != before:
            self.scroll_to(y=self.scroll_offset.y + after - before, animate=False, force=True)
        self.refresh()
        self.post_message(self.Selected())

    def _index(self) -> int | None:
        if self.selected is None:
            return None
        keys = [place.key for place in self.places]
        return keys.index(self.selected.key) if self.selected.key in keys else None

    def _select_again(self) -> None:
        """Keep the selection; where it is over, take the scope that it was in, or the process."""
        if not self.places:
            self.selected = None
        elif self.selected is None:
            self.selected = self.places[0]
        elif self._index() is None:
            keys = {place.key: place for place in self.places}
            pid = self.selected.link.pid
            above = [keys.get((pid, "scope", each)) for each in self._above]
            left = [place for place in above if place is not None]
            self.selected = left[0] if left else keys.get((pid, "process", 0), self.places[0])
        if self.selected is not None:
            self._above = self._scopes_above(self.selected)

    def _scopes_above(self, place: Place) -> list[int]:
        """List the ids of the scopes that a place is in, from the nearest."""
        mirror, found = place.link.mirror, []
        with place.link.lock:
            task, scope = mirror.tasks.get(place.row.id), mirror.scopes.get(place.row.id)
            number = task["scope"] if task is not None else scope["parent"] if scope else 0
            while number in mirror.scopes:
                found.append(number)
                number = mirror.scopes[number]["parent"]
        return found

    def _cells(self, place: Place) -> Cells:
        """Return the cells of a row. Under the lock of its link, or on the thread that draws."""
        link, row = place
        mirror = link.mirror
        if row.kind == "scope" and row.id in mirror.scopes:
            scope = mirror.scopes[row.id]
            return cells_of_scope(scope, mirror.clocks_of_scope(scope))
        if row.kind == "task" and row.id in mirror.tasks:
            task = mirror.tasks[row.id]
            return cells_of_task(task, mirror.clocks_of_task(task))
        return cells_of_process(link, mirror.process, mirror.age(), STALE)

    # Drawing.

    def render_line(self, y: int) -> Strip:
        """Draw one line; the first is the header, and stays."""
        if y == 0:
            return self._strip(HEADER, 0, "tree--header")
        index = y - 1 + self.scroll_offset.y
        if index >= len(self.places):
            return Strip.blank(self.size.width, self.rich_style)
        place = self.places[index]
        with place.link.lock:
            cells = self._cells(place)
        is_selected = self.selected is not None and place.key == self.selected.key
        return self._strip(cells, place.row.depth, f"tree--{cells.look}", is_selected=is_selected)

    def _strip(self, cells: Cells, depth: int, look: str, *, is_selected: bool = False) -> Strip:
        width = self._name_width
        name = f"{'  ' * depth}{cells.name}"
        name = name if len(name) <= width else f"{name[: width - 1]}…"
        text = (
            f"{name:{width}} {cells.state:{_STATE}} {cells.counts:{_COUNTS}} "
            f"{cells.active:>{_CLOCK}} {cells.paused:>{_CLOCK}}  {cells.more}"
        )
        style = self.get_component_rich_style(look)
        if is_selected:
            style += self.get_component_rich_style("tree--selected")
        if cell_len(text) > self.size.width:
            text = f"{set_cell_size(text, self.size.width - 1)}…"
        strip = Strip([Segment(text, style)]).adjust_cell_length(self.size.width, style)
        return strip.apply_style(self.rich_style) if not is_selected else strip

    # Moving.

    def action_move(self, by: int) -> None:
        """Select another row."""
        self._select((self._index() or 0) + by)

    def action_page(self, by: int) -> None:
        """Select a row that is a page away."""
        self._select((self._index() or 0) + by * max(self.size.height - 2, 1))

    def on_click(self, event: events.Click) -> None:
        """Select what is clicked on."""
        if event.y > 0:
            self._select(event.y - 1 + self.scroll_offset.y)

    def _select(self, index: int) -> None:
        if not self.places:
            return
        index = min(max(index, 0), len(self.places) - 1)
        self.selected = self.places[index]
        self._above = self._scopes_above(self.selected)
        self.scroll_to_region(Region(0, index, 1, 2), animate=False, force=True)
        self.refresh()
        self.post_message(self.Selected())
