from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vpn", "0006_keep_policy_evaluations")]

    operations = [
        migrations.AddField(
            "operation", "decision_reason", models.TextField(blank=True, default="", db_default="")
        ),
        # Only a label: people read one word for a worker that is at it and for one that waits for AWS.
        migrations.AlterField(
            "operation",
            "status",
            models.CharField(
                max_length=20,
                choices=[
                    ("awaiting-approval", "Awaiting approval"),
                    ("scheduled", "Scheduled"),
                    ("queued", "Queued"),
                    ("running", "Running"),
                    ("waiting", "Running"),
                    ("cancelling", "Being cancelled"),
                    ("succeeded", "Finished"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
            ),
        ),
    ]
