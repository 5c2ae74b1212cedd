"""How many small faults in the core the tests notice: `python -m mutation`."""
