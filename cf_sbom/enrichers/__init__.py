"""Additions to a finished Sbom from outside the package."""
