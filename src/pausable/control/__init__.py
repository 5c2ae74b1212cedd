"""Live control: who is outside of a program pauses and resumes it, and sees what it does.

A program that serves (`pausable.serve()`) listens on a socket of its user's alone. What is said
there is in `protocol`; `client` speaks it, with nothing but the stdlib.
"""
