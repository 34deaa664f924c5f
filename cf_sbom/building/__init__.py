"""A builder that is run, and what it made."""
