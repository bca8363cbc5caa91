"""Brings rows to the contract and says of each whether, and why not, it is well formed."""
