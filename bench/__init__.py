"""Benchmarks, run by hand: each prints ratios against a named peer in the same run."""
