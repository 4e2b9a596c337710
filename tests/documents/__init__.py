"""What documents are made from the code, and how: `make documents` writes them, a test holds them equal."""
