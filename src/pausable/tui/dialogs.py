"""The dialogs: one question, one decision, or something to read. Escape closes each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Label, OptionList, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from pausable.control.shapes import Fault

__all__ = ["FaultList", "LineDialog", "Reading", "Sure"]

_CSS = """
{name} {{ align: center middle; }}
{name} > Vertical {{
    width: 90%; max-width: 110; height: auto; max-height: 90%;
    border: round $primary; background: $surface; padding: 0 1;
}}
"""


class LineDialog(ModalScreen["str | None"]):
    """Asks for one line; None if it is not to be."""

    DEFAULT_CSS: ClassVar[str] = _CSS.format(name="LineDialog")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "never mind")]

    def __init__(self, question: str, value: str = "") -> None:
        """Ask *question*, with *value* as the first answer."""
        super().__init__()
        self._question = question
        self._value = value

    def compose(self) -> ComposeResult:
        """Show it."""
        with Vertical():
            yield Label(self._question, markup=False)
            yield Input(self._value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        self.dismiss(event.value)


class Sure(ModalScreen[bool]):
    """Asks once, before something that does not come back."""

    DEFAULT_CSS: ClassVar[str] = _CSS.format(name="Sure")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape", "answer(False)", "no"),
    ]

    def __init__(self, question: str) -> None:
        """Ask *question*."""
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """Show it."""
        with Vertical():
            yield Label(f"{self._question}  [y]es, [n]o", markup=False)

    def action_answer(self, yes: bool) -> None:
        """Answer."""
        self.dismiss(yes)


class Reading(ModalScreen[None]):
    """Shows a text that can be scrolled and copied."""

    DEFAULT_CSS: ClassVar[str] = (
        _CSS.format(name="Reading") + "Reading VerticalScroll { height: auto; }"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "close"),
        Binding("c", "copy", "copy"),
    ]

    def __init__(self, text: str) -> None:
        """Show *text*."""
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Show it."""
        with Vertical(), VerticalScroll():
            yield Static(self._text, markup=False)
        yield Footer()

    def action_copy(self) -> None:
        """Copy it to the clipboard, as far as the terminal lets."""
        self.app.copy_to_clipboard(self._text)
        self.notify("copied")


class FaultList(ModalScreen["tuple[int, str, str | None] | None"]):
    """Lists faults; answers with the id of a task, the decision, and the value of a "resolve"."""

    DEFAULT_CSS: ClassVar[str] = (
        _CSS.format(name="FaultList") + "FaultList OptionList { height: auto; max-height: 60%; }"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "decide('retry')", "retry"),
        Binding("e", "decide('fail')", "let it fail"),
        Binding("s", "decide('skip')", "skip"),
        Binding("v", "resolve", "resolve with a value"),
        Binding("escape,q", "dismiss", "close"),
    ]

    def __init__(self, faults: list[Fault]) -> None:
        """List *faults*."""
        super().__init__()
        self._faults = faults

    def compose(self) -> ComposeResult:
        """Show them, and the traceback of the one that is chosen."""
        with Vertical():
            yield OptionList(
                *[f"{each['path']}: {each['reason']}" for each in self._faults], markup=False
            )
            with VerticalScroll():
                yield Static("", markup=False, id="traceback")
        yield Footer()

    def _chosen(self) -> Fault | None:
        index = self.query_one(OptionList).highlighted
        return self._faults[index] if index is not None else None

    def on_option_list_option_highlighted(self) -> None:
        """Show the traceback, with the local variables."""
        fault = self._chosen()
        if fault is not None:
            values = [f"{name} = {value}" for name, value in (fault["locals"] or {}).items()]
            text = "\n".join([fault["traceback"].rstrip(), *values])
            self.query_one("#traceback", Static).update(text)

    def action_decide(self, how: str) -> None:
        """Answer."""
        fault = self._chosen()
        if fault is not None:
            self.dismiss((fault["id"], how, None))

    def action_resolve(self) -> None:
        """Ask for the value, then answer."""
        fault = self._chosen()
        if fault is None:
            return

        def take(value: str | None) -> None:
            if value is not None:
                self.dismiss((fault["id"], "resolve", value))

        question = f"the result of {fault['path']}, as JSON; text if it is none"
        self.app.push_screen(LineDialog(question), take)
