"""What can be asked of a model, and the two that answer. Knows the vocabulary, never the store."""
