"""Statements about packages and their signatures."""
