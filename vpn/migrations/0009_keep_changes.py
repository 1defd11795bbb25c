"""What has changed at endpoints, and who changed it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q, Value

NAMES = django.contrib.postgres.fields.ArrayField(models.CharField(max_length=64))


class Migration(migrations.Migration):
    dependencies = [("vpn", "0008_keep_authorization_policies")]

    operations = [
        migrations.AddField(
            "endpoint",
            "setting_names",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=64), default=list, db_default=Value([], NAMES)
            ),
        ),
        migrations.CreateModel(
            name="EndpointChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
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
                        ],
                    ),
                ),
                ("subject", models.CharField(max_length=400)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("unchanged_at", models.DateTimeField(null=True)),
                ("noticed_at", models.DateTimeField()),
                (
                    "origin",
                    models.CharField(
                        max_length=20,
                        choices=[
                            ("undecided", "Not known yet"),
                            ("portal", "An operation of this portal"),
                            ("outside", "Outside this portal"),
                            ("aws", "AWS itself"),
                        ],
                        default="undecided",
                    ),
                ),
                ("event_id", models.CharField(blank=True, max_length=64)),
                ("actor", models.CharField(blank=True, max_length=255)),
                ("event", models.JSONField(default=dict)),
                ("look_up_at", models.DateTimeField(null=True)),
                ("looked_up_at", models.DateTimeField(null=True)),
                ("error_id", models.CharField(blank=True, max_length=40)),
                ("error_code", models.CharField(blank=True, max_length=100)),
                ("error_message", models.TextField(blank=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="vpn.endpoint",
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="endpoint_changes",
                        to="vpn.operation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["endpoint", "-id"], name="change_endpoint"),
                    models.Index(fields=["-noticed_at"], name="change_noticed"),
                    models.Index(
                        fields=["look_up_at"], name="change_look_up", condition=Q(look_up_at__isnull=False)
                    ),
                    models.Index(fields=["id"], name="change_undecided", condition=Q(origin="undecided")),
                ],
            },
        ),
    ]
