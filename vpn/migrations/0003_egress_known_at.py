from django.db import migrations, models
from django.db.models import F


def take_over(apps, schema_editor):
    endpoints = apps.get_model("vpn", "Endpoint").objects.exclude(egress_ips=[])
    endpoints.update(egress_known_at=F("seen_at"))


class Migration(migrations.Migration):
    dependencies = [("vpn", "0002_onboarding")]
    operations = [
        migrations.AddField("endpoint", "egress_known_at", models.DateTimeField(null=True)),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
