"""What is asked of finished documents: one module a question."""
