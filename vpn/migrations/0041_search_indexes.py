import django.db.models.functions.text
from django.db import migrations, models

# All hold few rows: addresses of IPv6 clients, and what is asked for by its size or its length: connections of 1 GiB
# and more, and of twelve hours and more.
INDEXES = """
CREATE INDEX vpn_connection_client_v6 ON vpn_connection (client_ip_v6, at) WHERE client_ip_v6 IS NOT NULL;
CREATE INDEX vpn_connection_large ON vpn_connection ((ingress_bytes + egress_bytes))
    WHERE ingress_bytes + egress_bytes >= 1073741824;
CREATE INDEX vpn_connection_long ON vpn_connection (at, connection_id) WHERE duration_seconds >= 43200;
-- PostgreSQL can't guess how many connections are that large. New partitions are made like the table, with this.
CREATE STATISTICS vpn_connection_bytes ON (ingress_bytes + egress_bytes) FROM vpn_connection;
DO $$
DECLARE part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'vpn_connection'::regclass LOOP
        EXECUTE format('CREATE STATISTICS IF NOT EXISTS %I ON (ingress_bytes + egress_bytes) FROM %s',
            part::text || '_bytes', part);
    END LOOP;
END $$;
"""
GONE = """
DROP INDEX vpn_connection_client_v6, vpn_connection_large, vpn_connection_long;
DROP STATISTICS vpn_connection_bytes;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vpn', '0040_operation_files'),
    ]

    operations = [
        migrations.RunSQL(INDEXES, reverse_sql=GONE),
        migrations.AddIndex(
            model_name='connectiontally',
            index=models.Index(fields=['endpoint_id', 'bucket'], name='tally_of_endpoint'),
        ),
        migrations.AddIndex(
            model_name='connectionuser',
            index=models.Index(django.db.models.functions.text.Lower('username'), name='connection_user_lower'),
        ),
        migrations.AddIndex(
            model_name='failuretally',
            index=models.Index(fields=['reason', 'bucket'], name='tally_of_reason'),
        ),
    ]
