"""Exports of any shop system, brought to the contract by a file that says which column is what."""
