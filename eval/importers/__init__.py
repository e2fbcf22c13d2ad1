"""The forms of evaluation data that are imported, a module each (``importing`` begins)."""
