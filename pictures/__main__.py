"""Make the pictures anew, in docs/pictures: `python -m pictures [KIND ...]`."""

from __future__ import annotations

import argparse
from importlib import import_module

from pictures.fingerprints import FOLDER, SOURCES, write


def main() -> None:
    """Make all of them, or those of the kinds that are named."""
    parser = argparse.ArgumentParser(prog="pictures", description="Make the pictures anew.")
    parser.add_argument("kind", nargs="*", help=f"by default all: {', '.join(SOURCES)}")
    for kind in parser.parse_args().kind or SOURCES:
        for name, made in import_module(f"pictures.{kind}").pictures():
            is_text = isinstance(made, str)
            path = FOLDER / (f"{name}.svg" if is_text else f"{name}.webp")
            path.write_bytes(made.encode() if is_text else made)
            print(path.name, flush=True)
        write(kind)


if __name__ == "__main__":
    main()
