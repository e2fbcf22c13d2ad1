"""The skin: command line, chat window and HTTP API. Parses, calls and renders; no logic."""
