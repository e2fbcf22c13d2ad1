"""The forms of evaluation data that are imported, a module each (:mod:`eval.importers.importing`)."""
