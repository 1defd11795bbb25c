import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vpn', '0031_connection_summary'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='endpoint',
            name='settings',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='endpoint',
            name='tags',
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name='Operation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('parameters', models.JSONField(default=dict)),
                ('before', models.JSONField(default=dict)),
                ('plan', models.JSONField(default=dict)),
                ('digest', models.CharField(max_length=64)),
                ('reason', models.TextField()),
                ('requested_by_username', models.CharField(max_length=255)),
                ('requested_by_name', models.CharField(max_length=255)),
                ('decided_by_name', models.CharField(blank=True, max_length=255)),
                ('decided_at', models.DateTimeField(null=True)),
                ('status', models.CharField(choices=[('awaiting-approval', 'Awaiting approval'), ('scheduled', 'Scheduled'), ('queued', 'Queued'), ('running', 'Running'), ('waiting', 'Waiting for AWS'), ('cancelling', 'Being cancelled'), ('succeeded', 'Finished'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], max_length=20)),
                ('lane', django.contrib.postgres.fields.ranges.BigIntegerRangeField()),
                ('not_before', models.DateTimeField(null=True)),
                ('deadline_at', models.DateTimeField(null=True)),
                ('lease', models.UUIDField(null=True)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='decided_operations', to=settings.AUTH_USER_MODEL)),
                ('endpoint', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='operations', to='vpn.endpoint')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='requested_operations', to=settings.AUTH_USER_MODEL)),
                ('undo_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='vpn.operation')),
            ],
        ),
        migrations.CreateModel(
            name='OperationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('key', models.CharField(max_length=200)),
                ('title', models.CharField(max_length=200)),
                ('detail', models.TextField(blank=True)),
                ('status', models.CharField(choices=[('pending', 'not started yet'), ('running', 'this step is running'), ('done', 'this step is done'), ('failed', 'this step failed')], default='pending', max_length=10)),
                ('aws_status', models.CharField(blank=True, max_length=40)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('started_at', models.DateTimeField(null=True)),
                ('acted_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('operation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='vpn.operation')),
            ],
            options={
                'ordering': ['operation', 'position'],
            },
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['kind', '-number'], name='operation_kind'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['endpoint', '-number'], name='operation_endpoint'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(condition=models.Q(('status__in', ['cancelled', 'failed', 'succeeded']), _negated=True), fields=['next_attempt_at'], name='operation_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='operation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status__in', ['cancelling', 'queued', 'running', 'waiting'])), expressions=[('lane', '&&')], name='operation_side_by_side'),
        ),
        migrations.AddConstraint(
            model_name='operationstep',
            constraint=models.UniqueConstraint(fields=('operation', 'key'), name='operation_step_key'),
        ),
        migrations.AddConstraint(
            model_name='operationstep',
            constraint=models.UniqueConstraint(fields=('operation', 'position'), name='operation_step_position'),
        ),
    ]
