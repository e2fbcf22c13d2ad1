"""PDF: its text in reading order, and pictures of its pages."""
