"""What a text is made of: its language, sentences, words, running text and tokens."""
