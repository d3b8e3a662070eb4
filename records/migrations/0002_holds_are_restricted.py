from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    """A hold is read by those who may place one and by the people told of it, and by nobody else."""

    dependencies = [
        ("ledger", "0006_api_requests"),
        ("parties", "0004_names_of_one_line"),
        ("records", "0001_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            """INSERT INTO ledger_case_allowed (case_id, user_id)
               SELECT h.case_id, m.user_id FROM records_litigationhold AS h
                 JOIN ledger_case AS c ON c.id = h.case_id
                 JOIN parties_membership AS m ON m.district_id = c.district_id AND m.ended_at IS NULL
                WHERE m.role IN ('counsel', 'superintendent', 'custodian')
               UNION SELECT h.case_id, h.placed_by_id FROM records_litigationhold AS h
               UNION SELECT n.case_id, n.user_id FROM records_holdnotice AS n
               ON CONFLICT DO NOTHING""",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE ledger_case SET restricted = true WHERE kind = 'hold'",
            "UPDATE ledger_case SET restricted = false WHERE kind = 'hold'",
        ),
    ]
