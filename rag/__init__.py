"""Read side: a question (and its conversation) to an answer with citations, or an abstention.

One path for every surface: chat, command line, API and evaluation call the same Assistant.
"""
