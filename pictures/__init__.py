"""The pictures of the documents, made from real runs: `make pictures`."""
