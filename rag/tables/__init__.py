"""Questions over the rows of tables: what they ask, and the answer that is computed."""
