"""A host's clock that is wrong: Python programs that find this on their path see another time of day."""

import datetime
import os
import time

SHIFT_SECONDS = int(os.environ["CLOCK_SHIFT_SECONDS"])
_time, _time_ns, _datetime = time.time, time.time_ns, datetime.datetime


class Shifted(_datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=SHIFT_SECONDS)

    @classmethod
    def utcnow(cls):
        return super().utcnow() + datetime.timedelta(seconds=SHIFT_SECONDS)


time.time = lambda: _time() + SHIFT_SECONDS
time.time_ns = lambda: _time_ns() + SHIFT_SECONDS * 10**9
datetime.datetime = Shifted
