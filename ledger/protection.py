"""What the database itself refuses, whatever the code above it does (architecture §10, reliability §3.2).

Installed after every `migrate`, by the role that owns the tables, because it is part of the schema and not a
business effect; hence the one signal receiver of the project. Four things:

- **Grants.** Web and workers sign in as `portal`, which owns nothing. It may add entries and seals, never
  change or remove them, and truncates nothing.
- **Row-level security** on every table that belongs to a district: by its own `district_id`, else by its
  case, else by the row that owns it. The session shows the districts named in its setting `app.districts`;
  when that is unset it shows none. Rows without a district belong to the installation and are visible to it.
  Row-level security is enabled and not forced: the owner must see all rows for migrations, for back-ups and
  inside the doorways below.
- **A trigger against deletion** on every table that carries a case's id (and on the case): refuses while a
  litigation hold names the case. Letting go of the hold is deleting its own row, so that table is spared;
  so are the plain link tables (who may see a case, which cases are related), whose editing destroys nothing.
- **Doorways**: functions of the owner that name rows of every district which a worker must attend to, and
  say nothing of them but the id and the district. A worker reads one, then acts inside `acting_in(district)`.

Exempt from row-level security are the tables of `parties` (District, School, User, Membership, Vendor,
VendorMember, Invitation, and their histories): they answer the question *which districts may this person
see*, so they must be readable before the answer is known; schools and district names are public facts, and
people and vendors belong to the whole installation. Each of their query sets has a `for_user` of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.apps import apps
from django.db import connections, models, transaction

from ledger.models import Case, HeldCase
from parties.models import District

ROLE = "portal"
EXEMPT_APPS = frozenset({"parties"})
APPEND_ONLY = ("ledger_entry", "ledger_seal", "ledger_anchor")
SETTING = "string_to_array(nullif(current_setting('app.districts', true), ''), ',')::bigint[]"
SEEN = f"ANY ((SELECT {SETTING})::bigint[])"  # read once a query, not once a row


@dataclass(frozen=True)
class Doorway:
    """A question whose answer spans districts: rows as id and district, and nothing else.

    `query` is SQL that yields columns `id` and `district_id`, soonest first; in it `instant` stands for the
    engine's present and `asked` for the texts asked about. Creating a Doorway registers it; `migrate` makes
    it a function of the owner.
    """

    name: str
    query: str
    registry: ClassVar[dict[str, Doorway]] = {}

    def __post_init__(self) -> None:
        self.registry[self.name] = self

    def ids(self, *, limit: int = 200, asked: Sequence[str] = ()) -> list[tuple[int, int | None]]:
        """At most `limit` pairs (id, district id), in the order of the question."""
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SELECT id, district_id FROM {self.name}(%s, %s)", [limit, list(asked)])  # noqa: S608
            return [(pk, district) for pk, district in cursor.fetchall()]

    @property
    def sql(self) -> str:
        return f"""
            CREATE OR REPLACE FUNCTION {self.name}(cap integer, asked text[])
            RETURNS TABLE (id bigint, district_id bigint) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $doorway$
            #variable_conflict use_column
            DECLARE instant timestamptz := public.engine_now();
            BEGIN
                RETURN QUERY SELECT q.id, q.district_id FROM ({self.query}) AS q LIMIT cap;
            END $doorway$;
            REVOKE ALL ON FUNCTION {self.name}(integer, text[]) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION {self.name}(integer, text[]) TO {ROLE};"""  # noqa: S608 (names are constants of ours, here and below)


REFUSE_HELD = """
CREATE OR REPLACE FUNCTION refuse_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $refuse$
BEGIN
    IF EXISTS (SELECT 1 FROM ledger_heldcase
               WHERE case_id = (to_jsonb(OLD) ->> TG_ARGV[0])::bigint) THEN
        RAISE EXCEPTION 'A litigation hold keeps this row of %', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END $refuse$;
"""

GRANTS = f"""
GRANT USAGE ON SCHEMA public TO {ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {ROLE};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {ROLE};
REVOKE UPDATE, DELETE ON {", ".join(APPEND_ONLY)} FROM {ROLE};
"""  # noqa: S608


def tracked(model: type[models.Model]) -> type[models.Model]:
    """The model itself, or for a history table the model whose past it keeps."""
    original: type[models.Model] = getattr(model, "instance_type", model)
    return original


def foreign_keys(model: type[models.Model]) -> Iterator[models.ForeignKey[Any, Any]]:
    for field in tracked(model)._meta.local_concrete_fields:
        if isinstance(field, models.ForeignKey):
            yield field


def guard(model: type[models.Model], seen: frozenset[type[models.Model]] = frozenset()) -> str | None:
    """The SQL condition under which a session sees a row of this model; None when every session does."""
    if model._meta.app_label in EXEMPT_APPS or tracked(model) in seen:
        return None
    keys = list(foreign_keys(model))
    for key in keys:
        if key.remote_field.model is District:
            return f"{key.column} = {SEEN}" + (f" OR {key.column} IS NULL" if key.null else "")
    owners = [key for key in keys if key.remote_field.model is Case and key.name == "case"]
    owners += [key for key in keys if key.remote_field.on_delete is models.CASCADE and not key.null]
    for key in owners:
        parent = key.remote_field.model
        if guard(parent, seen | {tracked(model)}):
            table, column = parent._meta.db_table, parent._meta.pk.column
            owned = f"SELECT 1 FROM {table} AS owner WHERE owner.{column} = {key.column}"  # noqa: S608
            inside = f"EXISTS ({owned})"
            return inside + (f" OR {key.column} IS NULL" if key.null else "")
    return None


def case_key(model: type[models.Model]) -> models.Field[Any, Any] | None:
    """The field that holds the id of the case a row belongs to, when it has one."""
    if model is Case:
        return Case._meta.pk
    if model is HeldCase or model._meta.auto_created:
        return None
    keys = list(foreign_keys(model))
    for key in keys:
        if key.remote_field.model is Case and key.name == "case":
            return key
    for key in keys:
        pk = key.remote_field.model._meta.pk
        if key.remote_field.on_delete is models.CASCADE and pk.is_relation and pk.related_model is Case:
            return key
    return None


def policy_sql(model: type[models.Model]) -> str:
    table, condition = model._meta.db_table, guard(model)
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS own_districts ON {table};
        CREATE POLICY own_districts ON {table} USING ({condition}) WITH CHECK ({condition});"""


def trigger_sql(model: type[models.Model]) -> str:
    table, key = model._meta.db_table, case_key(model)
    assert key is not None
    return f"""
        CREATE OR REPLACE TRIGGER held_rows_stay BEFORE DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_held('{key.column}');"""


def install_protection(using: str = "default", **kwargs: Any) -> None:
    """Put the database's own refusals in place. Runs as the owner after `migrate`; safe to repeat.

    Only what changed since the last time is touched (a digest is kept as each table's policy comment), so
    that an upgrade takes no locks it does not need.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if not {"ledger_heldcase", *APPEND_ONLY} <= tables:
            return  # `migrate ledger 0001`: there is nothing to protect yet
        make_role(cursor)
        cursor.execute(GRANTS)
        cursor.execute(REFUSE_HELD)
        for model in apps.get_models(include_auto_created=True):
            if model._meta.db_table in tables and model._meta.managed and not model._meta.proxy:
                protect_table(cursor, model)
        for doorway in Doorway.registry.values():
            cursor.execute(doorway.sql)


def make_role(cursor: Any) -> None:
    """Make the role of web and workers when nobody has; it has no password, so only trust lets it in."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")


def protect_table(cursor: Any, model: type[models.Model]) -> None:
    parts = []
    if guard(model):
        parts.append(policy_sql(model))
    if case_key(model):
        parts.append(trigger_sql(model))
    script, table = "".join(parts), model._meta.db_table
    digest = hashlib.sha256(script.encode()).hexdigest()[:16]
    cursor.execute("SELECT obj_description(%s::regclass, 'pg_class')", [table])
    (comment,) = cursor.fetchone()
    if script and comment != digest:
        cursor.execute(script)
        cursor.execute(f"COMMENT ON TABLE {table} IS %s", [digest])


WAITING_JOBS = Doorway(
    "waiting_jobs",
    """SELECT j.id, j.district_id FROM ledger_job AS j
       WHERE j.status IN ('waiting', 'working') AND (j.lease_until IS NULL OR j.lease_until < instant)
       ORDER BY j.asked_at, j.id""",
)
