import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models


# Partitioned by month, which Django can't declare. Their partitions are made by vpn/connection_log/partitions.py.
TABLES = """
CREATE TABLE vpn_connection (
    at timestamptz NOT NULL,
    connection_id text COLLATE "C" NOT NULL,
    endpoint_id text NOT NULL,
    status varchar(10) NOT NULL,
    seen smallint NOT NULL,
    user_id bigint,
    common_name text,
    device_type text,
    device_ip inet,
    port integer,
    transport_protocol text,
    client_ip inet,
    client_ip_v6 inet,
    started_at timestamptz,
    updated_at timestamptz NOT NULL,
    ended_at timestamptz,
    duration_seconds bigint,
    ingress_bytes bigint NOT NULL,
    egress_bytes bigint NOT NULL,
    ingress_packets bigint NOT NULL,
    egress_packets bigint NOT NULL,
    failure_reason text,
    reset_status text,
    latest_end_at timestamptz,
    PRIMARY KEY (at, connection_id)
) PARTITION BY RANGE (at);
CREATE INDEX vpn_connection_id ON vpn_connection USING hash (connection_id);
CREATE INDEX vpn_connection_user ON vpn_connection (user_id, at);
CREATE INDEX vpn_connection_device ON vpn_connection (device_ip, at);
CREATE INDEX vpn_connection_client ON vpn_connection (client_ip, at) WHERE client_ip IS NOT NULL;
CREATE INDEX vpn_connection_failure ON vpn_connection (at, connection_id) WHERE status IN ('failed', 'unfinished');
-- Those without an end in the log are few, and asked for whenever lines are stored and by every look at who is connected
-- now.
CREATE INDEX vpn_connection_no_end ON vpn_connection (at, connection_id)
    WHERE ended_at IS NULL AND status IN ('open', 'ended');
CREATE INDEX vpn_connection_client_v6 ON vpn_connection (client_ip_v6, at) WHERE client_ip_v6 IS NOT NULL;
-- What is asked for by its size or its length: connections of 1 GiB and more, and of twelve hours and more.
CREATE INDEX vpn_connection_large ON vpn_connection ((ingress_bytes + egress_bytes))
    WHERE ingress_bytes + egress_bytes >= 1073741824;
CREATE INDEX vpn_connection_long ON vpn_connection (at, connection_id) WHERE duration_seconds >= 43200;
-- Which device types occur in each eight pages, some 250 rows: one that hardly occurs is found without reading all. It
-- is 1/1000 of the table, and written once for that many rows.
CREATE INDEX vpn_connection_device_type ON vpn_connection
    USING brin (device_type text_bloom_ops (n_distinct_per_range = 16)) WITH (pages_per_range = 8);
-- PostgreSQL can't guess how many connections are that large. New partitions are made like the table, with this.
CREATE STATISTICS vpn_connection_bytes ON (ingress_bytes + egress_bytes) FROM vpn_connection;


CREATE TABLE vpn_connectionevent (
    connection_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    digest bigint NOT NULL,
    raw text NOT NULL,
    PRIMARY KEY (connection_id, at, digest)
) PARTITION BY RANGE (at);
"""
NO_TABLES = "DROP TABLE vpn_connectionevent, vpn_connection"
# Each batch of the log counts on for most people: a new version of a row finds room beside the old one, and no index
# has to point to it.
ROOM = "ALTER TABLE vpn_connectionuser SET (fillfactor = 50)"
NO_ROOM = "ALTER TABLE vpn_connectionuser RESET (fillfactor)"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AwsAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('name', models.CharField(max_length=100, unique=True)),
                ('region', models.CharField(max_length=40)),
                ('subnets', models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                ('subnets_seen_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ChangedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('noted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='EgressCheck',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='egress_check', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('result', models.CharField(max_length=20)),
                ('address', models.GenericIPAddressField(null=True)),
                ('checked_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Extreme',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'endpoint_id', 'connection_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('endpoint_id', models.CharField(max_length=64)),
                ('connection_id', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('user_id', models.BigIntegerField(null=True)),
                ('seconds', models.BigIntegerField()),
                ('bytes', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='PersonDay',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'endpoint_id', 'user_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('endpoint_id', models.CharField(max_length=64)),
                ('user_id', models.BigIntegerField()),
                ('connections', models.IntegerField()),
                ('seconds', models.BigIntegerField()),
                ('ingress_bytes', models.BigIntegerField()),
                ('egress_bytes', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='PersonMonth',
            fields=[
                ('pk', models.CompositePrimaryKey('month', 'endpoint_id', 'user_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('month', models.DateField()),
                ('endpoint_id', models.CharField(max_length=64)),
                ('user_id', models.BigIntegerField()),
                ('connections', models.IntegerField()),
                ('seconds', models.BigIntegerField()),
                ('ingress_bytes', models.BigIntegerField()),
                ('egress_bytes', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='PersonSpan',
            fields=[
                ('pk', models.CompositePrimaryKey('first', 'last', 'endpoint_id', 'user_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('endpoint_id', models.CharField(max_length=64)),
                ('user_id', models.BigIntegerField()),
                ('connections', models.IntegerField()),
                ('seconds', models.BigIntegerField()),
                ('ingress_bytes', models.BigIntegerField()),
                ('egress_bytes', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='RuleRun',
            fields=[
                ('kind', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('looked_at', models.DateTimeField()),
                ('judged_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SummaryDay',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'endpoint_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('endpoint_id', models.CharField(max_length=64)),
                ('zone', models.CharField(max_length=64)),
                ('connected', models.BigIntegerField()),
                ('failed', models.BigIntegerField()),
                ('unfinished', models.BigIntegerField()),
                ('seconds', models.BigIntegerField()),
                ('ingress_bytes', models.BigIntegerField()),
                ('egress_bytes', models.BigIntegerField()),
                ('people', models.BigIntegerField()),
                ('peak', models.BigIntegerField()),
                ('peak_at', models.DateTimeField(null=True)),
                ('hours', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=24)),
                ('failures', models.JSONField()),
                ('counted_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ConnectionTally',
            fields=[
                ('pk', models.CompositePrimaryKey('bucket', 'endpoint_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('bucket', models.DateTimeField()),
                ('endpoint_id', models.CharField(max_length=64)),
                ('connected', models.BigIntegerField(default=0)),
                ('open', models.BigIntegerField(db_default=0, default=0)),
                ('failed', models.BigIntegerField(default=0)),
                ('unfinished', models.BigIntegerField(default=0)),
                ('seconds', models.BigIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['endpoint_id', 'bucket'], name='tally_of_endpoint')],
            },
        ),
        migrations.CreateModel(
            name='ConnectionUser',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('username', models.CharField(max_length=1024, unique=True)),
                ('lower_username', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower('username'), output_field=models.TextField())),
                ('searched_username', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower(models.Func('username', function='normalize', template='%(function)s(%(expressions)s, NFKC)')), output_field=models.TextField())),
                ('connections', models.BigIntegerField(default=0)),
                ('first_connected_at', models.DateTimeField(null=True)),
                ('last_connected_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(django.db.models.functions.text.Lower('username'), name='connection_user_lower')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(blank=True, max_length=120)),
                ('channel', models.CharField(choices=[('webhook', 'Webhook'), ('email', 'E-mail')], max_length=10)),
                ('recipient', models.CharField(blank=True, max_length=320)),
                ('subject', models.CharField(max_length=200)),
                ('text', models.TextField(blank=True)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Delivered'), ('failed', 'Given up')], default='waiting', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('next_attempt_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('error_detail', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'waiting')), fields=['next_attempt_at'], name='delivery_due')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('key', 'channel', 'recipient'), name='delivery_told_once')],
            },
        ),
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('endpoint_id', models.CharField(max_length=40, unique=True)),
                ('label', models.CharField(max_length=256)),
                ('description', models.TextField(blank=True)),
                ('status', models.CharField(max_length=40)),
                ('dns_name', models.CharField(blank=True, max_length=255)),
                ('vpc_id', models.CharField(blank=True, max_length=40)),
                ('client_cidr_block', models.CharField(blank=True, max_length=43)),
                ('split_tunnel', models.BooleanField(default=False)),
                ('transport_protocol', models.CharField(blank=True, max_length=8)),
                ('vpn_port', models.IntegerField(default=443)),
                ('session_timeout_hours', models.IntegerField(null=True)),
                ('authentication', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=list, size=None)),
                ('log_group', models.CharField(blank=True, max_length=512)),
                ('settings', models.JSONField(default=dict)),
                ('tags', models.JSONField(default=dict)),
                ('target_networks', models.JSONField(default=list)),
                ('authorization_rules', models.JSONField(default=list)),
                ('routes', models.JSONField(default=list)),
                ('egress', models.JSONField(default=list)),
                ('egress_ips', django.contrib.postgres.fields.ArrayField(base_field=models.GenericIPAddressField(), default=list, size=None)),
                ('egress_known_at', models.DateTimeField(null=True)),
                ('configuration', models.TextField(blank=True)),
                ('configuration_hash', models.CharField(blank=True, max_length=64)),
                ('configuration_changed_at', models.DateTimeField(null=True)),
                ('configuration_seen_at', models.DateTimeField(null=True)),
                ('connections_seen_at', models.DateTimeField(null=True)),
                ('first_seen_at', models.DateTimeField(auto_now_add=True)),
                ('vanished_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='endpoints', to='vpn.awsaccount')),
            ],
            options={
                'ordering': ['label', 'endpoint_id'],
            },
        ),
        migrations.CreateModel(
            name='FailureTally',
            fields=[
                ('pk', models.CompositePrimaryKey('bucket', 'endpoint_id', 'reason', blank=True, editable=False, primary_key=True, serialize=False)),
                ('bucket', models.DateTimeField()),
                ('endpoint_id', models.CharField(max_length=64)),
                ('reason', models.TextField()),
                ('failures', models.BigIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['reason', 'bucket'], name='tally_of_reason')],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('key', models.CharField(max_length=255)),
                ('subject', models.CharField(max_length=1024)),
                ('evidence', models.JSONField(default=dict)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(null=True)),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('acknowledged_by', models.CharField(blank=True, max_length=255)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('kind', 'key'), name='one_open_finding_per_key')],
            },
        ),
        migrations.CreateModel(
            name='LogQuery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('requested_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('conditions', models.JSONField()),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-requested_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='LogQueryPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('log_groups', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=512), size=None)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('starting', 'Starting'), ('running', 'Running'), ('complete', 'Finished'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('aws_query_id', models.CharField(blank=True, max_length=256)),
                ('claimed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('bytes_scanned', models.BigIntegerField(default=0)),
                ('records_matched', models.BigIntegerField(default=0)),
                ('events', models.IntegerField(default=0)),
                ('unreadable', models.IntegerField(default=0)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vpn.awsaccount')),
                ('query', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='vpn.logquery')),
            ],
        ),
        migrations.CreateModel(
            name='LogSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('error_id', models.CharField(blank=True, max_length=40)),
                ('error_code', models.CharField(blank=True, max_length=100)),
                ('error_message', models.TextField(blank=True)),
                ('log_group', models.CharField(max_length=512)),
                ('read_until', models.DateTimeField(null=True)),
                ('newest_event_at', models.DateTimeField(null=True)),
                ('events', models.BigIntegerField(default=0)),
                ('streams', models.JSONField(default=dict)),
                ('named_at', models.DateTimeField(null=True)),
                ('deep_read_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='log_sources', to='vpn.awsaccount')),
            ],
        ),
        migrations.CreateModel(
            name='Backfill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('read_until', models.DateTimeField()),
                ('events', models.BigIntegerField(default=0)),
                ('started_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backfills', to='vpn.logsource')),
            ],
        ),
        migrations.CreateModel(
            name='Onboarding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('installed_at', models.DateTimeField(null=True)),
                ('connected_at', models.DateTimeField(null=True)),
                ('egress_at', models.DateTimeField(null=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='onboarding', to=settings.AUTH_USER_MODEL)),
            ],
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
                ('lock_range', django.contrib.postgres.fields.ranges.BigIntegerRangeField(db_column='lane')),
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
            name='OperationFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('content', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('operation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='vpn.operation')),
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
        migrations.CreateModel(
            name='ProfileDownload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('configuration_hash', models.CharField(max_length=64)),
                ('downloaded_at', models.DateTimeField()),
                ('address', models.GenericIPAddressField(null=True)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='downloads', to='vpn.endpoint')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='profile_downloads', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pause_at', models.TimeField(null=True)),
                ('resume_at', models.TimeField(null=True)),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('zone', models.CharField(max_length=64)),
                ('skips_holidays', models.BooleanField(default=True)),
                ('skipped_days', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), default=list, size=None)),
                ('when', models.CharField(choices=[('now', 'Now: whoever is connected is disconnected'), ('empty', "When nobody is connected; if that doesn't happen, not at all"), ('then-anyway', "When nobody is connected; if that doesn't happen, anyway")], default='now', max_length=12)),
                ('hours', models.PositiveSmallIntegerField(default=1)),
                ('enabled', models.BooleanField(default=True)),
                ('acts_for_name', models.CharField(max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('checked_until', models.DateTimeField()),
                ('acts_for', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='schedules', to=settings.AUTH_USER_MODEL)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='schedules', to='vpn.endpoint')),
            ],
            options={
                'ordering': ['endpoint__label', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ScheduledRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('due_at', models.DateTimeField()),
                ('outcome', models.CharField(choices=[('requested', 'Requested'), ('impossible', 'Nothing to do'), ('missed', 'Missed'), ('refused', 'Refused')], max_length=12)),
                ('note', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('operation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scheduled_runs', to='vpn.operation')),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='vpn.schedule')),
            ],
        ),
        migrations.CreateModel(
            name='SiteToSiteVpn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vpn_connection_id', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(blank=True, max_length=256)),
                ('state', models.CharField(max_length=40)),
                ('customer_gateway_id', models.CharField(blank=True, max_length=40)),
                ('tunnels', models.JSONField(default=list)),
                ('seen_at', models.DateTimeField()),
                ('vanished_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='site_to_site_vpns', to='vpn.awsaccount')),
            ],
        ),
        migrations.CreateModel(
            name='UnreadableLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('problem', models.CharField(max_length=64)),
                ('digest', models.BigIntegerField()),
                ('published_at', models.DateTimeField(null=True)),
                ('first_read_at', models.DateTimeField(auto_now_add=True)),
                ('raw', models.TextField()),
                ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='unreadable_lines', to='vpn.logsource')),
            ],
        ),
        migrations.CreateModel(
            name='EgressAddressPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.GenericIPAddressField()),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='egress_address_periods', to='vpn.endpoint')),
            ],
            options={
                'indexes': [models.Index(fields=['address', 'since'], name='egress_period_address')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('endpoint', 'address'), name='one_open_egress_period')],
            },
        ),
        migrations.CreateModel(
            name='LiveConnection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('connection_id', models.CharField(max_length=64, unique=True)),
                ('username', models.CharField(blank=True, max_length=255)),
                ('common_name', models.CharField(blank=True, max_length=255)),
                ('client_ip', models.GenericIPAddressField(null=True)),
                ('established_at', models.DateTimeField(null=True)),
                ('ingress_bytes', models.BigIntegerField(default=0)),
                ('egress_bytes', models.BigIntegerField(default=0)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='live_connections', to='vpn.endpoint')),
            ],
            options={
                'indexes': [models.Index(django.db.models.functions.text.Lower('username'), name='live_username')],
            },
        ),
        migrations.CreateModel(
            name='LogQueryRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('connection_id', models.CharField(db_collation='C', max_length=64)),
                ('fields', models.JSONField()),
                ('raw', models.JSONField()),
                ('part', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='vpn.logquerypart')),
            ],
            options={
                'indexes': [models.Index(fields=['part', '-at', '-connection_id'], name='log_query_rows')],
            },
        ),
        migrations.AddConstraint(
            model_name='logsource',
            constraint=models.UniqueConstraint(fields=('account', 'log_group'), name='one_source_per_log_group'),
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
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status__in', ['cancelling', 'queued', 'running', 'waiting'])), expressions=[('lock_range', '&&')], name='operation_side_by_side'),
        ),
        migrations.AddConstraint(
            model_name='operationfile',
            constraint=models.UniqueConstraint(fields=('operation', 'name'), name='operation_file_name'),
        ),
        migrations.AddConstraint(
            model_name='operationstep',
            constraint=models.UniqueConstraint(fields=('operation', 'key'), name='operation_step_key'),
        ),
        migrations.AddConstraint(
            model_name='operationstep',
            constraint=models.UniqueConstraint(fields=('operation', 'position'), name='operation_step_position'),
        ),
        migrations.AddIndex(
            model_name='profiledownload',
            index=models.Index(fields=['user', 'endpoint', '-downloaded_at'], name='download_newest'),
        ),
        migrations.AddIndex(
            model_name='scheduledrun',
            index=models.Index(fields=['schedule', '-due_at'], name='scheduled_run_newest'),
        ),
        migrations.AddConstraint(
            model_name='scheduledrun',
            constraint=models.UniqueConstraint(fields=('schedule', 'kind', 'due_at'), name='scheduled_run_once'),
        ),
        migrations.AddIndex(
            model_name='unreadableline',
            index=models.Index(fields=['-first_read_at'], name='unreadable_newest'),
        ),
        migrations.AddConstraint(
            model_name='unreadableline',
            constraint=models.UniqueConstraint(fields=('digest', 'problem'), name='unreadable_once'),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLES, reverse_sql=NO_TABLES)],
            state_operations=[
                migrations.CreateModel(
                    name='ConnectionEvent',
                    fields=[
                        ('pk', models.CompositePrimaryKey('connection_id', 'at', 'digest', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('connection_id', models.CharField(db_collation='C', max_length=64)),
                        ('at', models.DateTimeField()),
                        ('digest', models.BigIntegerField()),
                        ('raw', models.TextField()),
                    ],
                ),
                migrations.CreateModel(
                    name='Connection',
                    fields=[
                        ('pk', models.CompositePrimaryKey('at', 'connection_id', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('at', models.DateTimeField()),
                        ('connection_id', models.CharField(db_collation='C', max_length=64)),
                        ('endpoint_id', models.CharField(max_length=64)),
                        ('status', models.CharField(choices=[('open', 'Connected'), ('ended', 'Ended'), ('failed', 'Failed'), ('unfinished', 'Sign-in not finished'), ('sign-in', 'Signed in')], max_length=10)),
                        ('seen', models.SmallIntegerField()),
                        ('common_name', models.TextField(null=True)),
                        ('device_type', models.TextField(null=True)),
                        ('device_ip', models.GenericIPAddressField(null=True)),
                        ('port', models.IntegerField(null=True)),
                        ('transport_protocol', models.TextField(null=True)),
                        ('client_ip', models.GenericIPAddressField(null=True)),
                        ('client_ip_v6', models.GenericIPAddressField(null=True)),
                        ('started_at', models.DateTimeField(null=True)),
                        ('updated_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('latest_end_at', models.DateTimeField(null=True)),
                        ('duration_seconds', models.BigIntegerField(null=True)),
                        ('ingress_bytes', models.BigIntegerField(default=0)),
                        ('egress_bytes', models.BigIntegerField(default=0)),
                        ('ingress_packets', models.BigIntegerField(default=0)),
                        ('egress_packets', models.BigIntegerField(default=0)),
                        ('failure_reason', models.TextField(null=True)),
                        ('reset_status', models.TextField(null=True)),
                        ('user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to='vpn.connectionuser')),
                    ],
                ),
            ],
        ),
        migrations.RunSQL(ROOM, reverse_sql=NO_ROOM),
    ]
