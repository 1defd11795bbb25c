from django.db import migrations, models

# Those that may still be open are few, and asked for by every look at who is connected now. A connection that is open
# has neither end nor duration; the worker closes those that are too old.
CONNECTIONS = """
ALTER TABLE vpn_connection ADD COLUMN latest_end_at timestamptz;
UPDATE vpn_connection SET ended_at = NULL, duration_seconds = NULL WHERE status = 'open';
CREATE INDEX vpn_connection_open ON vpn_connection (at, connection_id) WHERE status = 'open';
"""
COUNT_OPEN = """
UPDATE vpn_connectiontally AS tally SET open = counted.open
FROM (
    SELECT date_bin('10 minutes', at, '2000-01-01Z') AS bucket, endpoint_id, count(*) AS open
    FROM vpn_connection WHERE status = 'open' GROUP BY 1, 2
) AS counted
WHERE tally.bucket = counted.bucket AND tally.endpoint_id = counted.endpoint_id
"""
GONE = """
DROP INDEX vpn_connection_open;
ALTER TABLE vpn_connection DROP COLUMN latest_end_at;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vpn', '0053_egress_address_periods'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CONNECTIONS, reverse_sql=GONE)],
            state_operations=[
                migrations.AddField(
                    model_name='connection',
                    name='latest_end_at',
                    field=models.DateTimeField(null=True),
                ),
            ],
        ),
        migrations.RemoveField(model_name='connectiontally', name='ended'),
        migrations.RemoveField(model_name='connectiontally', name='ingress_bytes'),
        migrations.RemoveField(model_name='connectiontally', name='egress_bytes'),
        migrations.AddField(
            model_name='connectiontally',
            name='open',
            field=models.BigIntegerField(default=0, db_default=0),
        ),
        migrations.RunSQL(COUNT_OPEN, reverse_sql=migrations.RunSQL.noop),
    ]
