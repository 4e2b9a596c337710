from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0080_kept_equity_advanced")]

    operations = [
        ValidateConstraint("book", "book_kept_advanced_within"),
        ValidateConstraint("book", "book_closed_counts_advances"),
    ]
