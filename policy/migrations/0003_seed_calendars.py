"""The shipped calendars as rows that a district can start from: proposals, confirmed by nobody yet."""

from django.db import migrations


def seed(apps, schema_editor):
    from policy import almanac

    Calendar = apps.get_model("policy", "Calendar")
    Holiday = apps.get_model("policy", "Holiday")
    for name in almanac.shipped():
        file = almanac.load(name)
        calendar, _ = Calendar.objects.get_or_create(slug=name, defaults={"name": file.title})
        Holiday.objects.bulk_create(
            [Holiday(calendar=calendar, on=day, name=holiday) for day, holiday in file.days.items()],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [("policy", "0002_daily_lists_and_heartbeats")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
