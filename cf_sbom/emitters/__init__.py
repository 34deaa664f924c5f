"""One Sbom -> the bytes of one format. Emitters see the model only; each owns its format's words."""
