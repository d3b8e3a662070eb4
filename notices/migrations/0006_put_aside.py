from django.db import migrations, models

STATES = [
    ("draft", "Draft"),
    ("approved", "Approved"),
    ("issued", "Issued"),
    ("combined", "Part of another notice"),
    ("aside", "Put aside"),
]


def name_it(apps, schema_editor):
    """A breach notice never was part of another: what was stored so had been put aside."""
    notices = apps.get_model("notices", "Notice").objects.filter(kind="breach", status="combined")
    notices.update(status="aside")


def take_the_name_back(apps, schema_editor):
    notices = apps.get_model("notices", "Notice").objects.filter(status="aside")
    notices.update(status="combined")


class Migration(migrations.Migration):
    """A draft that goes no further has a state of its own."""

    dependencies = [("notices", "0005_withheld_copies")]

    operations = [
        *(
            migrations.AlterField(
                model_name=name,
                name="status",
                field=models.CharField(choices=STATES, default="draft", max_length=10),
            )
            for name in ("historicalnotice", "notice")
        ),
        migrations.RunPython(name_it, take_the_name_back),
    ]
