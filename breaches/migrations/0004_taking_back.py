from django.db import migrations, models


class Migration(migrations.Migration):
    """A change of the public page may be that it is taken back."""

    dependencies = [
        ("breaches", "0003_who_told_it"),
    ]

    operations = [
        migrations.AddField(
            model_name="pageupdate",
            name="takes_back",
            field=models.BooleanField(
                default=False, help_text="The page is taken back; `what_changed` says why"
            ),
        ),
    ]
