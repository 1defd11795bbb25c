
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vpn', '0014_keep_changes_of_policies'),
    ]

    operations = [
        migrations.CreateModel(
            name='HealthEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('arn', models.CharField(max_length=1600, unique=True)),
                ('account', models.CharField(blank=True, max_length=12)),
                ('region', models.CharField(blank=True, max_length=40)),
                ('service', models.CharField(max_length=100)),
                ('type_code', models.CharField(max_length=200)),
                ('category', models.CharField(blank=True, max_length=40)),
                ('scope', models.CharField(blank=True, max_length=40)),
                ('status', models.CharField(blank=True, max_length=20)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('updated_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('descriptions', models.JSONField(default=dict)),
                ('entities', models.JSONField(default=list)),
            ],
            options={
                'ordering': ['-updated_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='HealthQueue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('url', models.CharField(max_length=500, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='RegionPrices',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('region', models.CharField(max_length=40, unique=True)),
                ('currency', models.CharField(blank=True, max_length=8)),
                ('association_hour', models.DecimalField(decimal_places=10, max_digits=20, null=True)),
                ('connection_hour', models.DecimalField(decimal_places=10, max_digits=20, null=True)),
            ],
            options={
                'ordering': ['region'],
            },
        ),
        migrations.CreateModel(
            name='UnreadableMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.CharField(max_length=100, unique=True)),
                ('fault', models.CharField(choices=[('broken', "It isn't JSON."), ('foreign', "It isn't about AWS Health."), ('incomplete', 'It lacks what an event of AWS Health has.')], max_length=20)),
                ('body', models.TextField(blank=True)),
                ('size', models.IntegerField()),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-received_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='AccountQuotas',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('values', models.JSONField(default=dict)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='quotas', to='vpn.awsaccount')),
            ],
        ),
        migrations.CreateModel(
            name='TunnelMaintenance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('outside_ip', models.CharField(max_length=45)),
                ('pending', models.CharField(blank=True, max_length=255)),
                ('applied_after', models.DateTimeField(null=True)),
                ('last_applied', models.DateTimeField(null=True)),
                ('vpn', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='maintenance', to='vpn.sitetositevpn')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('vpn', 'outside_ip'), name='one_tunnel_maintenance')],
            },
        ),
    ]
