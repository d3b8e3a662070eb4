from django.db import migrations


class Migration(migrations.Migration):
    """A delivery changes four times in its life: its table is swept up long before a fifth of it is dead."""

    dependencies = [
        ("mail", "0004_letters_and_failures"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE mail_delivery SET (autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.02)",
            "ALTER TABLE mail_delivery RESET (autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor)",
        ),
    ]
