#!/usr/bin/env python
"""The door to every command: `manage.py help` lists them. An installed wheel has the same under the name `backstop`."""

import sys
from importlib.util import find_spec

from backstop.config import manage

if __name__ == "__main__":
    if find_spec("django") is None:
        sys.exit("Django is not installed here: run `make setup`, then `.venv/bin/python manage.py …`")
    manage.main(sys.argv)
