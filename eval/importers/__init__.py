"""The forms of evaluation data that are imported, a module each (begin with ``importer``)."""
