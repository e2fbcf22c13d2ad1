"""The model service: embeds and reads for several servers (docs/scaling.md)."""
