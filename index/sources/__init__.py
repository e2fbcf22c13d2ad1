"""Folders of documents that are elsewhere, mirrored into the documents folder: ``footnote sync``.

A mirror is the folder ``SEEDS/NAME``; for the index it is a folder like any other.
"""
