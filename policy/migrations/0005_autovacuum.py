from django.db import migrations


class Migration(migrations.Migration):
    """Every warning changes its deadline: the table is swept up long before a fifth of it is dead."""

    dependencies = [
        ("policy", "0004_duty_changes"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE policy_deadline SET (autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.02)",
            "ALTER TABLE policy_deadline RESET (autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor)",
        ),
    ]
