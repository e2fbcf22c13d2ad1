"""Draft cases from the user's own documents: how they are made, kept and decided."""
