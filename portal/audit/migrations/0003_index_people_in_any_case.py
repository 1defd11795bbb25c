from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_index_operation_numbers")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(Lower("actor"), models.F("sequence").desc(), name="audit_lower_actor"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(Lower("target_id"), models.F("sequence").desc(), name="audit_lower_target_id"),
        ),
    ]
