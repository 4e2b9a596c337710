"""What of a request WSGI has only decoded, as it was sent."""

RAW_PATH = "backstop.raw_path"  # in the environment; no header has such a name there
