from django.db import migrations

# Each batch of the log counts on for most people: a new version of a row finds room beside the old one, and no index
# has to point to it.
ROOM = "ALTER TABLE vpn_connectionuser SET (fillfactor = 50)"


class Migration(migrations.Migration):

    dependencies = [
        ('vpn', '0049_index_rare_devices'),
    ]

    operations = [
        migrations.RunSQL(ROOM, reverse_sql="ALTER TABLE vpn_connectionuser RESET (fillfactor)"),
    ]
