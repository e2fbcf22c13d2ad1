"""Write side and search: files to documents, chunks, vectors, generations and passages.

Knows nothing of answers, chat or language models. Every citation shown elsewhere rests
on one invariant that is kept here: ``document.text[span.start:span.end]`` is the quote.
"""
