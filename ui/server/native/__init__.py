"""The API of Footnote itself: its routes, each one call of what the program does elsewhere."""
