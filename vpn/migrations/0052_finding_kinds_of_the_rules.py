from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vpn", "0051_searched_names")]

    operations = [
        migrations.AlterField("finding", "kind", models.CharField(max_length=20)),
        migrations.AlterField("rulerun", "kind", models.CharField(max_length=20, primary_key=True, serialize=False)),
    ]
