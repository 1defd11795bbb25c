import django.db.models.deletion
from django.db import migrations, models


def begin_with_what_is_known(apps, schema_editor):
    """Nobody wrote down when an address became an endpoint's: it was at the last good look."""
    Endpoint = apps.get_model("vpn", "Endpoint")
    Spell = apps.get_model("vpn", "EgressAddressSpell")
    for endpoint in Endpoint.objects.filter(vanished_at=None).exclude(egress_known_at=None):
        for address in endpoint.egress_ips:
            Spell.objects.create(endpoint=endpoint, address=address, since=endpoint.egress_known_at)


class Migration(migrations.Migration):

    dependencies = [
        ('vpn', '0041_search_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='EgressAddressSpell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.GenericIPAddressField()),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='egress_spells', to='vpn.endpoint')),
            ],
        ),
        migrations.AddIndex(
            model_name='egressaddressspell',
            index=models.Index(fields=['address', 'since'], name='egress_spell_address'),
        ),
        migrations.AddConstraint(
            model_name='egressaddressspell',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('endpoint', 'address'), name='one_open_egress_spell'),
        ),
        migrations.RunPython(begin_with_what_is_known, migrations.RunPython.noop),
    ]
