from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vpn", "0012_support_code"),
    ]

    operations = [
        migrations.AddField(
            model_name="endpoint",
            name="attachment",
            field=models.JSONField(default=dict, db_default=models.Value({}, models.JSONField())),
        ),
    ]
