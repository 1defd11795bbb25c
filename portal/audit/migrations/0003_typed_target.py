import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    # Defaults of the database: code of before goes on writing events during an upgrade.
    operations = [
        migrations.AddField(
            "auditevent", "target_kind", models.CharField(blank=True, db_default="", max_length=32)
        ),
        migrations.AddField(
            "auditevent", "target_id", models.CharField(blank=True, db_default="", max_length=255)
        ),
        migrations.AddField(
            "auditevent",
            "people",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=255), db_default=[], default=list
            ),
        ),
        migrations.AddIndex(
            "auditevent",
            models.Index(fields=["target_kind", "target_id", "-sequence"], name="audit_target_id"),
        ),
    ]
