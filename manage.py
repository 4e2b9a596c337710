#!/usr/bin/env python
"""The door to every command: `manage.py help` lists them. An installed wheel has the same under the name `backstop`."""

import sys

from backstop.config import manage

if __name__ == "__main__":
    manage.main(sys.argv)
