"""The toolkit that knows no study: numbers in words, tables and their cells, colours and layout of figures."""
