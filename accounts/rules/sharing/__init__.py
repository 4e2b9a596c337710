"""Who bears a loss: the loss plan's layers, covers and their price, vaults, and the last that is shared out. Pure."""
