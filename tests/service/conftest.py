"""A served Footnote that programs call: real server processes, no browser."""

from tests.browser.conftest import parent, serve_window

__all__ = ["parent", "serve_window"]
