"""From the documents folder to the next generation."""
