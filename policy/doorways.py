"""What the sweep may ask across districts: which clocks have run out, and which still run."""

from ledger.protection import Doorway

DUE_DEADLINES = Doorway(
    "due_deadlines",
    """SELECT d.id, d.district_id FROM policy_deadline AS d
       WHERE d.status = 'running' AND d.due_at <= instant ORDER BY d.due_at, d.id""",
)
RUNNING_DEADLINES = Doorway(
    "running_deadlines",
    """SELECT d.id, d.district_id FROM policy_deadline AS d
       WHERE d.status = 'running' ORDER BY d.due_at, d.id""",
)
