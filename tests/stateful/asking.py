"""What rules ask with: who, where, and what an operation says to that."""

from hypothesis import strategies as st

from backstop.errors import DomainError
from tests.builders import perform

PEOPLE = {"Alice": "20000", "Bob": "20000", "Charlie": "3000"}

people = st.sampled_from(sorted(PEOPLE))
places = st.integers(0, 50)


def refusal(operation, **arguments):
    """The code that it is refused with; None where it is carried out."""
    try:
        perform(operation, **arguments)
    except DomainError as error:
        return error.refusal.code
    return None
