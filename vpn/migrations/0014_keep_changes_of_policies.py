"""Another part that changes are about: only a label."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vpn", "0013_keep_transit_gateway_attachments")]

    operations = [
        migrations.AlterField(
            "endpointchange",
            "part",
            models.CharField(
                max_length=20,
                choices=[
                    ("endpoint", "Endpoint"),
                    ("setting", "Setting"),
                    ("network", "Target network"),
                    ("rule", "Authorization rule"),
                    ("route", "Route"),
                    ("tag", "Tag"),
                    ("egress", "Way to the internet"),
                    ("certificate", "Certificate"),
                    ("policy", "Authorization policy"),
                ],
            ),
        ),
    ]
