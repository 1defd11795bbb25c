import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vpn", "0010_read_connect_handlers")]

    operations = [
        migrations.CreateModel(
            name="MetricDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "resource",
                        "metric",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("resource", models.CharField(max_length=128)),
                ("metric", models.CharField(max_length=64)),
                ("day", models.DateField()),
                (
                    "values",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(null=True), size=None
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["day"], name="metric_day")]},
        ),
        migrations.CreateModel(
            name="MetricSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("seen_at", models.DateTimeField(null=True)),
                ("attempted_at", models.DateTimeField(null=True)),
                ("error_id", models.CharField(blank=True, max_length=40)),
                ("error_code", models.CharField(blank=True, max_length=100)),
                ("error_message", models.TextField(blank=True)),
                ("read_until", models.DateTimeField(null=True)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="metric_source",
                        to="vpn.awsaccount",
                    ),
                ),
            ],
        ),
    ]
