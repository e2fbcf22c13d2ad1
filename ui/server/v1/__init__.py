"""The API of OpenAI: models, chat completions, responses, embeddings.

What is answered, and what is refused in words: ``docs/server.md``.
"""
