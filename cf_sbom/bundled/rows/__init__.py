"""The rows of the table of projects, by field."""
