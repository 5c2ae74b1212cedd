"""The adapter for threads: pools, groups and futures on top of the core."""
