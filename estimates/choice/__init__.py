"""Which courier should carry it: what each would cost and how surely it arrives, and what a choice saves."""
