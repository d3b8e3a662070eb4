from django.db import migrations, models

WORDS = "From when the absence lets others act alone: at once by the person's own word"


class Migration(migrations.Migration):
    dependencies = [("parties", "0002_api_tokens")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="away_counts_from",
            field=models.DateTimeField(editable=False, help_text=WORDS, null=True),
        )
        for name in ("membership", "historicalmembership")
    ] + [
        # Nobody knows any more who wrote these down: they count a day from now.
        migrations.RunSQL(
            "UPDATE parties_membership SET away_counts_from = now() + interval '24 hours'"
            " WHERE away_from IS NOT NULL",
            migrations.RunSQL.noop,
        )
    ]
