"""What must be learnt from facts: pure functions, frame in, frame out."""
