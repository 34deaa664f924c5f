"""A finished document -> its place: beside the package, in it, or elsewhere."""
