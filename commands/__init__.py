"""The command ``waymart``: one module per group of commands, and its console."""
