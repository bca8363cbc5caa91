"""A market with a known truth: feeds as providers send them, and beside them what really happened.

Everything is drawn by counting: each number is a hash of (seed, what it is for, index), so no order depends
on another thread, file or machine. All arithmetic that reaches a file is on integers, or on doubles with
``+ - * /`` only, which are the same everywhere.
"""

from simulator.writing import write_market

__all__ = ["write_market"]
