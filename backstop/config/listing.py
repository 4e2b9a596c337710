"""The list of commands that `help` prints: those of the product before those that come with Django."""

from django.conf import settings
from django.core.management import ManagementUtility, get_commands


class Commands(ManagementUtility):
    """Runs the command that the words name, as Django's does."""

    def main_help_text(self, commands_only: bool = False) -> str:
        """Names alone, in order, with `commands_only`; else the product's under one heading, and then all others."""
        if commands_only:
            return super().main_help_text(commands_only)
        ours = {name for name, app in get_commands().items() if app in settings.HOUSE}
        others = get_commands().keys() - ours
        lines = [f"`{self.prog_name} help COMMAND` says what a command does, with an example."]
        for heading, names in (("The product's commands", ours), ("Django's", others)):
            lines += ["", f"{heading}:", *(f"    {name}" for name in sorted(names))]
        return "\n".join(lines)
