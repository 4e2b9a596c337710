from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0033_covers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='account',
            name='account_provider_where_its',
        ),
        migrations.AlterField(
            model_name='account',
            name='kind',
            field=models.CharField(choices=[('COLLATERAL', "a provider's free collateral"), ('CONTRIBUTION', "what a provider pays into the venue's guarantee"), ('MARGIN', 'margin that release 0.2.0 kept here'), ('ESTATE', 'what is left of a liquidated account'), ('DEBT', 'what a liquidated account owes'), ('CLEARING', "the venue's door to the outside"), ('FUND', "the venue's insurance fund"), ('FEES', 'liquidation fees'), ('PENALTIES', 'penalties of providers'), ('FIRST_TRANCHE', "the venue's own money that pays losses first"), ('SECOND_TRANCHE', "the venue's own money that pays losses after contributions"), ('LOSSES', 'losses that nobody covered, or nobody yet')], max_length=16),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='purpose',
            field=models.CharField(choices=[('DEPOSIT', 'collateral in'), ('WITHDRAWAL', 'collateral out'), ('CONTRIBUTED', "a provider's contribution, in or out"), ('FUNDING', "the venue's own money, for its fund or a tranche"), ('COLLECTED', 'fees and penalties moved into the fund'), ('INTAKE', "a book's cash, funding and profit at intake marks"), ('INTAKE_REVERSED', 'an intake taken back: the book was amended or withdrawn'), ('MARK_CHANGE', 'linear profit and loss since intake'), ('TRANSFER_VALUE', 'spot against its value'), ('KEPT_ADVANCED', 'what an account kept, advanced where its estate lacks it'), ('SHORTFALL', 'what an estate lacks stands as debt'), ('ADVANCE', "the fund's part of an edge"), ('EDGE', 'what a provider earns'), ('ROUNDING', 'a fraction that neither side bears'), ('MARGIN', 'margin posted here, as release 0.2.0 did'), ('MARGIN_DELIVERED', "margin, to a provider's own account at the venue"), ('FUND_EDGE', 'what the fund earns for taking what nobody else took'), ('INVENTORY_RESULT', "what the fund's inventory gained or lost"), ('ADVANCE_REPAID', 'the estate repays the fund'), ('DEBT_REPAID', 'the estate repays its debt'), ('DEBT_COVERED', 'the fund covers a debt'), ('LOSS_PAID', "a layer of the loss plan pays the fund's advances, or a debt"), ('EVENT_DEBT_PAID', "a layer of the loss plan pays what stood as a loss event's debt"), ('RECOVERED', 'what came back of a loss, to who paid it'), ('DEBT_LOST', "a debt becomes its loss event's, or nobody covers it"), ('FEE', 'liquidation fee'), ('PENALTY', "a provider's fault, as release 0.2.0 did"), ('MADE_WHOLE', "a provider's fault, to the estate and then the fund"), ('VENUE_FAULT', "a venue's fault or silence, to the provider"), ('RESIDUAL', "what is left for the account's owner"), ('SHADOW_OPENED', 'what a provider has in a drill: as much as is free of its own'), ('SHADOW_CLOSED', 'what a drill leaves')], max_length=16),
        ),
        AddConstraintNotValid(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('COLLATERAL', 'MARGIN', 'CONTRIBUTION')), ('provider__isnull', False)), models.Q(models.Q(('kind__in', ('COLLATERAL', 'MARGIN', 'CONTRIBUTION')), _negated=True), ('provider__isnull', True)), _connector='OR'), name='account_provider_where_its'),
        ),
    ]
