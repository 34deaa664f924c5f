"""Ways of writing a document's tree down as bytes and of reading it back: syntax, and nothing of its meaning."""
