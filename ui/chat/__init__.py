"""The chat window, the only room of gradio."""
