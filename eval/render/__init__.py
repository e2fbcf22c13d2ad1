"""A report as a page, as plots, in words and as JUnit."""
