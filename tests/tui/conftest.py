"""The program that a panel shows: these tests' own."""

from serving import folder, served
from shop import pool

__all__ = ["folder", "pool", "served"]
