"""Pure values that every layer shares: amounts, basis points, exact splits and periods. No Django, no clock."""
