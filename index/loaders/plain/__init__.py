"""Text, markup, code and tables without pages."""
