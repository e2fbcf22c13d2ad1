"""The pages of the window: layout, handlers and HTML of each."""
