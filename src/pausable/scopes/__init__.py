"""Scopes: what every adapter has in common: holds, groups, faults, limits, status, ends."""
