"""Mail, as programs send it and as Outlook stores it."""
