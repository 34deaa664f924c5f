"""What cf-sbom and its peers find in conda packages made of real third-party files: `python -m benchmarks.recall`.

The truth comes from readers that share no code with cf-sbom. What is downloaded, built and written lies in
benchmarks/out/recall/ and is used again by the next run.
"""

from benchmarks import OUT

HOME = OUT / "recall"
