"""The generated pages of docs/reference, one subject a module; docs/generate.py lists and writes them."""
