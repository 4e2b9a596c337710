"""How the admin writes times: to the second, as everything here is decided within seconds."""

DATETIME_FORMAT = "Y-m-d H:i:s"
