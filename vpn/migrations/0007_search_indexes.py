import django.db.models.functions.text
from django.db import migrations, models

# All hold few rows: addresses of IPv6 clients, and what is asked for by its size or its length: connections of 1 GiB
# and more, and of twelve hours and more.
INDEXES = """
CREATE INDEX vpn_connection_client_v6 ON vpn_connection (client_ip_v6, at) WHERE client_ip_v6 IS NOT NULL;
CREATE INDEX vpn_connection_large ON vpn_connection (at, connection_id)
    WHERE ingress_bytes + egress_bytes >= 1073741824;
CREATE INDEX vpn_connection_long ON vpn_connection (at, connection_id) WHERE duration_seconds >= 43200;
"""
GONE = "DROP INDEX vpn_connection_client_v6, vpn_connection_large, vpn_connection_long"


class Migration(migrations.Migration):

    dependencies = [
        ('vpn', '0031_connection_summary'),
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
