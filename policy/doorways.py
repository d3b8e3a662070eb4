"""What the sweep may ask across districts; each answer is an id and its district, nothing more."""

from ledger.protection import Doorway

DUE_DEADLINES = Doorway(
    "due_deadlines",
    """SELECT d.id, d.district_id FROM policy_deadline AS d
       WHERE d.status = 'running' AND d.due_at <= instant ORDER BY d.due_at, d.id""",
)
DUE_ALERTS = Doorway(
    "due_alerts",
    """SELECT d.id, d.district_id FROM policy_deadline AS d
       WHERE d.alert_at IS NOT NULL AND d.alert_at <= instant ORDER BY d.alert_at, d.id""",
)
UNANSWERED_ALERTS = Doorway(
    "unanswered_alerts",
    """SELECT a.id, a.district_id FROM policy_alert AS a
       JOIN policy_deadline AS d ON d.id = a.deadline_id
       JOIN policy_obligation AS o ON o.id = d.obligation_id
       WHERE a.message_id IS NOT NULL AND a.acknowledged_at IS NULL AND a.escalated_at IS NULL
         AND o.status = 'open' AND a.made_at <= instant - interval '30 minutes'
       ORDER BY a.made_at, a.id""",
)
DELIVERED_OBLIGATIONS = Doorway(
    "delivered_obligations",
    """SELECT o.id, o.district_id FROM policy_obligation AS o
       WHERE o.status = 'open' AND o.message_id IS NOT NULL AND o.settled_when = 'delivered'
         AND EXISTS (SELECT 1 FROM mail_delivery AS d WHERE d.message_id = o.message_id)
         AND NOT EXISTS (
             SELECT 1 FROM mail_delivery AS d
             WHERE d.message_id = o.message_id AND d.channel = 'email' AND (
                 d.status IN ('pending', 'sending', 'uncertain')
                 OR (d.status = 'refused' AND NOT EXISTS (
                     SELECT 1 FROM mail_delivery AS l WHERE l.message_id = d.message_id
                     AND l.recipient_ref = d.recipient_ref AND l.channel = 'letter'))))
       ORDER BY o.id""",
)
EVERY_DISTRICT = Doorway(
    "every_district", "SELECT d.id, d.id AS district_id FROM parties_district AS d ORDER BY d.id"
)
