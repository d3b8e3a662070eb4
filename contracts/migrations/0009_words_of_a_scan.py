from django.db import migrations, models


class Migration(migrations.Migration):
    """Scans read before are read once more, page by page, when their contract is next read."""

    dependencies = [
        ("contracts", "0008_hidden_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="page",
            name="words",
            field=models.JSONField(
                null=True,
                help_text="Of a scan's words: start, end, x, y, width, height, confidence; null until it is read",
            ),
        ),
    ]
