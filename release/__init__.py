"""The distributions: they are built, looked through, installed and tried: `python -m release`."""
