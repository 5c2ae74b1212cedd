"""Loading of the corpus: each of its files is compiled once, and its code is known."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def load() -> list[ModuleType]:
    """Run all files of the corpus, which adds their cases."""
    return [_load(file) for file in sorted(HERE.glob("*.py")) if file.name != "loading.py"]


def _load(file: Path) -> ModuleType:
    code = compile(file.read_text(encoding="utf-8"), str(file), "exec", dont_inherit=True)
    module = ModuleType(f"lock_corpus.{file.stem}")
    module.__dict__["CODE"] = code
    exec(code, module.__dict__)
    return module
