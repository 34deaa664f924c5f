"""Members -> findings: one file an ecosystem. Extractors never import each other and know no output format."""
