"""The tool's own name and version, as documents state them. Knows nothing else."""

NAME = "cf-sbom"
VERSION = "0.1.0"
