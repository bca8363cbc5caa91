"""Intake: brings every provider's files to the raw contract and accounts for every row."""
