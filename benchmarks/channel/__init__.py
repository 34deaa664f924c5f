"""A channel of ten thousand packages: how many a second, and with how much memory: `make bench-channel`.

A report, not a test: it never fails. On a shared machine seconds of the processor say more than those of the clock.
"""
