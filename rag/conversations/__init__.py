"""Conversations as they are stored and exported, and what their reader has chosen."""
