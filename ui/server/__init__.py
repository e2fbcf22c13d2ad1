"""HTTP: the guard, the API, the server that holds the window."""
