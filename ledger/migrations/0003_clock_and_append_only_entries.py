from django.db import migrations

ENGINE_NOW = """
CREATE FUNCTION engine_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';
"""

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER entries_are_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_are_not_truncated BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER seals_are_append_only BEFORE UPDATE OR DELETE ON ledger_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER seals_are_not_truncated BEFORE TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

UNDO_APPEND_ONLY = """
DROP TRIGGER seals_are_not_truncated ON ledger_seal;
DROP TRIGGER seals_are_append_only ON ledger_seal;
DROP TRIGGER entries_are_not_truncated ON ledger_entry;
DROP TRIGGER entries_are_append_only ON ledger_entry;
DROP FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_parties")]

    operations = [
        migrations.RunSQL(ENGINE_NOW, "DROP FUNCTION engine_now();"),
        migrations.RunSQL(APPEND_ONLY, UNDO_APPEND_ONLY),
    ]
