"""Pages for the three people: HTTP in, one domain call, HTML out."""
