"""Packages written anew: their containers, their archives and their own lists of files."""
