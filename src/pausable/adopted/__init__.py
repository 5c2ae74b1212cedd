"""Adopted pools: those that the stdlib made, of a program that may never have heard of us.

`adoption` turns it on and off. `gate` stands before the work items of the stdlib, `stock` reads
from the stacks what runs already, and `crew` is the adapter of one pool. `work_item` knows the
stdlib's items, and `witness` is what tells us how one ends.
"""
