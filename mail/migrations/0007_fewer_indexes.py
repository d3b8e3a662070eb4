import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A delivery is written four times in its first minutes: as few indexes as its questions need, and room
    on each page, so that the note that its text begins to flow touches no index at all.
    """

    dependencies = [
        ('mail', '0006_stop_address'),
        ('parties', '0002_api_tokens'),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE mail_delivery SET (fillfactor = 80)", "ALTER TABLE mail_delivery RESET (fillfactor)"
        ),
        migrations.RemoveIndex(
            model_name='delivery',
            name='deliveries_leased',
        ),
        migrations.AlterField(
            model_name='delivery',
            name='header_id',
            field=models.CharField(editable=False, max_length=120, verbose_name='Message-ID'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='message',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='mail.message'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'sending')), fields=['id'], name='deliveries_leased'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('header_id',), name='one_delivery_a_message_id'),
        ),
    ]
