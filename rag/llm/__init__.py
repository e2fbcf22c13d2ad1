"""Language models: a server's, one in this process; what they are asked, and what they write."""
