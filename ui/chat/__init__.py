"""The chat window; gradio is imported here only."""
