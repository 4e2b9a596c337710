"""The ground: configuration, shared words, and the market that is being backstopped."""

__version__ = "0.2.0"
