import django.contrib.postgres.fields
from django.db import migrations, models


REFUSE = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
ALLOW = """
DROP TRIGGER audit_no_truncate ON audit_auditevent;
DROP TRIGGER audit_append_only ON audit_auditevent;
DROP FUNCTION audit_refuse_change();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('sequence', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_index=True)),
                ('tag', models.CharField(max_length=64)),
                ('actor', models.CharField(blank=True, max_length=255)),
                ('actor_name', models.CharField(blank=True, max_length=255)),
                ('target', models.CharField(blank=True, max_length=255)),
                ('target_kind', models.CharField(blank=True, db_default='', max_length=32)),
                ('target_id', models.CharField(blank=True, db_default='', max_length=255)),
                ('people', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=255), db_default=[], default=list, size=None)),
                ('address', models.GenericIPAddressField(null=True)),
                ('reference', models.CharField(blank=True, max_length=16)),
                ('details', models.JSONField(default=dict)),
                ('previous_hash', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64, unique=True)),
            ],
            options={
                'indexes': [models.Index(fields=['tag', '-sequence'], name='audit_tag'), models.Index(fields=['actor', '-sequence'], name='audit_actor'), models.Index(fields=['target', '-sequence'], name='audit_target'), models.Index(fields=['target_kind', 'target_id', '-sequence'], name='audit_target_id'), models.Index(fields=['reference'], name='audit_reference')],
            },
        ),
        migrations.RunSQL(REFUSE, reverse_sql=ALLOW),
    ]
