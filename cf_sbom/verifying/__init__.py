"""A document held against the package that it speaks of: what is asked, and what differs."""
