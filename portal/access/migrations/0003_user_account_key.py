from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0002_merge_accounts_that_differ_in_case'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='account_key',
            field=models.GeneratedField(db_persist=True, expression=models.Func('username', template='CASE WHEN position(\'@\' in %(expressions)s) > 0 THEN lower(%(expressions)s COLLATE "C") ELSE %(expressions)s END'), output_field=models.CharField(max_length=255), unique=True),
        ),
    ]
