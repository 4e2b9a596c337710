"""How many faults of a provider may stand within a while before it takes part no more until a person lets it again.

Source: market makers' programmes of derivatives exchanges, which disable whoever fails several times in a few minutes.
"""

from datetime import timedelta

TOO_MANY = 5
WITHIN = timedelta(minutes=10)  # exactly as long apart is not within
REASON = f"{TOO_MANY} of its faults stand that were found within {WITHIN // timedelta(minutes=1)} minutes"
