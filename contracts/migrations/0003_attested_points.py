from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contracts", "0002_files_go_with_their_case")]

    operations = [
        migrations.RemoveField(model_name="attestation", name="holds"),
        migrations.AddField(
            model_name="attestation",
            name="answer",
            field=models.CharField(
                choices=[("yes", "Yes"), ("no", "No"), ("not_applicable", "Does not apply here")],
                default="no",
                max_length=15,
            ),
            preserve_default=False,
        ),
    ]
