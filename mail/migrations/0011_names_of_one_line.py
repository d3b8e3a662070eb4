import parties.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0010_relay_log_reaches_back'),
    ]

    operations = [
        # The column stays, unused: workers of the release before go on reading it while this one starts.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name='route', name='tested_at')],
        ),
        migrations.AlterField(
            model_name='route',
            name='sender_name',
            field=models.CharField(blank=True, max_length=200, validators=[parties.models.validate_one_line]),
        ),
    ]
