"""Kinds of target: each opens one container and gives its members with their bytes, once, in one pass."""
