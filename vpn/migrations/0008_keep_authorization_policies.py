import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vpn', '0007_give_reasons_for_decisions'),
    ]

    operations = [
        migrations.CreateModel(
            name='EndpointPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('document', models.TextField(blank=True)),
                ('description', models.TextField(blank=True)),
                ('shadow_mode', models.BooleanField(default=False)),
                ('status', models.CharField(blank=True, max_length=20)),
                ('changed_at', models.DateTimeField(null=True)),
                ('endpoint', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='policy', to='vpn.endpoint')),
            ],
            options={
                'ordering': ['endpoint'],
            },
        ),
    ]
