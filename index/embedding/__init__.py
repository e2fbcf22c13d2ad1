"""Texts to vectors: the packaged model, any other one, the cache, a cross-encoder."""
