"""Benchmarks: pausable against what it replaces, side by side in one run."""
