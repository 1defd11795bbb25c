from django.db import migrations

# Which device types occur in each eight pages, some 250 rows: one that hardly occurs is found without reading all. It is
# 1/1000 of the table, and written once for that many rows.
INDEX = """
CREATE INDEX vpn_connection_device_type ON vpn_connection
    USING brin (device_type text_bloom_ops (n_distinct_per_range = 16)) WITH (pages_per_range = 8);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vpn', '0048_lower_case_usernames'),
    ]

    operations = [
        migrations.RunSQL(INDEX, reverse_sql="DROP INDEX vpn_connection_device_type"),
    ]
