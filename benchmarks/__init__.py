"""Benchmarks: how fast the parts are, each beside the plainest way of doing the same. No part of the product; see docs/benchmarks.md."""
