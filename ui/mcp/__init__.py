"""Footnote for programs that speak the Model Context Protocol: tools, and documents to read."""
