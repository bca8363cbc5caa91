"""Benchmarks that anyone can run; each prints ratios to a floor of the same run."""
