import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("vpn", "0052_name_operation_lock_range"),
    ]

    operations = [
        migrations.RenameModel("EgressAddressSpell", "EgressAddressPeriod"),
        migrations.AlterField(
            model_name="egressaddressperiod",
            name="endpoint",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="egress_address_periods",
                to="vpn.endpoint",
            ),
        ),
        migrations.RenameIndex("EgressAddressPeriod", "egress_period_address", old_name="egress_spell_address"),
        migrations.RemoveConstraint("EgressAddressPeriod", "one_open_egress_spell"),
        migrations.AddConstraint(
            model_name="egressaddressperiod",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)), fields=("endpoint", "address"), name="one_open_egress_period"
            ),
        ),
        migrations.RenameField("EgressCheck", "finding", "result"),
    ]
