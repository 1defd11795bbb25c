from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0003_user_account_key")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(blank=True, db_default="", max_length=10),
        )
    ]
