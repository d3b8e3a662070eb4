from django.db import migrations, models


class Migration(migrations.Migration):
    """Which copies lack a hidden place. A draft from before says so of none and has to be made again."""

    dependencies = [
        ("contracts", "0007_nearest_words"),
        ("ledger", "0006_api_requests"),
    ]

    operations = [
        migrations.AddField(
            model_name="redactionbox",
            name="hidden_in",
            field=models.ManyToManyField(
                blank=True,
                help_text="The copies that were made without this place",
                related_name="hides",
                to="ledger.document",
            ),
        ),
    ]
