"""Bytes of programs and libraries -> facts. Knows file formats; nothing of conda, packages or SBOMs."""
