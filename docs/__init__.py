"""What writes the reference and builds the site; the pages themselves are Markdown."""
