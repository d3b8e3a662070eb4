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

# A notice is delivered when every e-mail is handed over and each remaining recipient has a letter; a report
# inside the district (the superintendent told at once) when its message is. What one person's delivery report
# says waits until somebody else has confirmed it.
DELIVERED_OBLIGATIONS = Doorway(
    "delivered_obligations",
    """SELECT o.id, o.district_id FROM policy_obligation AS o
       WHERE o.status = 'open' AND o.message_id IS NOT NULL
         AND (o.settled_when = 'delivered' OR o.kind = 'internal_report')
         AND EXISTS (SELECT 1 FROM mail_delivery AS d WHERE d.message_id = o.message_id)
         AND NOT EXISTS (SELECT 1 FROM policy_dutychange AS c
                         WHERE c.obligation_id = o.id AND c.kind = 'done' AND c.is_agreed IS NULL)
         AND NOT EXISTS (
             SELECT 1 FROM mail_delivery AS d
             WHERE d.message_id = o.message_id AND d.channel = 'email' AND d.status <> 'sent'
               AND NOT (d.status = 'refused' AND EXISTS (
                   SELECT 1 FROM mail_delivery AS l WHERE l.message_id = d.message_id
                   AND l.recipient_ref = d.recipient_ref AND l.channel = 'letter')))
       ORDER BY o.id""",
)
# Letters and failed e-mail of legal messages are duties of their own. Each question begins at the few
# deliveries that are in such a state (partial indexes), never at the messages.
_WAITING = "d.status IN ('to_print', 'printed')"
_FAILED = """d.channel = 'email' AND (d.status = 'refused' OR d.bounced_at IS NOT NULL) AND NOT EXISTS (
    SELECT 1 FROM mail_delivery AS l WHERE l.message_id = d.message_id
    AND l.recipient_ref = d.recipient_ref AND l.channel = 'letter')"""
_UNOWED = """SELECT m.id, m.district_id FROM mail_message AS m
    WHERE m.is_legal AND m.case_id IS NOT NULL
      AND m.id IN (SELECT d.message_id FROM mail_delivery AS d WHERE {state})
      AND NOT EXISTS (SELECT 1 FROM policy_obligation AS o
                      WHERE o.message_id = m.id AND o.trigger = '{trigger}' AND o.status = 'open')
    ORDER BY m.id"""
_DONE = """SELECT o.id, o.district_id FROM policy_obligation AS o
    WHERE o.status = 'open' AND o.message_id IS NOT NULL AND o.trigger = '{trigger}'
      AND NOT EXISTS (SELECT 1 FROM mail_delivery AS d WHERE d.message_id = o.message_id AND {state})
    ORDER BY o.id"""
LETTERS_WAITING = Doorway("letters_waiting", _UNOWED.format(state=_WAITING, trigger="letters_ready"))
LETTERS_POSTED = Doorway("letters_posted", _DONE.format(state=_WAITING, trigger="letters_ready"))
PEOPLE_UNREACHED = Doorway("people_unreached", _UNOWED.format(state=_FAILED, trigger="delivery_failed"))
PEOPLE_REACHED = Doorway("people_reached", _DONE.format(state=_FAILED, trigger="delivery_failed"))

# How long, in seconds (in the place of the id), the oldest row has waited that somebody should have taken.
OLDEST_DUE = Doorway(
    "oldest_due_age",
    """SELECT extract(epoch FROM instant - d.due_at)::bigint AS id, NULL::bigint AS district_id
       FROM policy_deadline AS d WHERE d.status = 'running' AND d.due_at <= instant ORDER BY d.due_at""",
)
OLDEST_LEASE = Doorway(
    "oldest_lease_age",
    """SELECT extract(epoch FROM instant - d.lease_until)::bigint AS id, NULL::bigint AS district_id
       FROM mail_delivery AS d WHERE d.status = 'sending' AND d.lease_until <= instant
       ORDER BY d.lease_until""",
)
OLDEST_READY = Doorway(
    "oldest_ready_age",
    """SELECT extract(epoch FROM instant - d.next_attempt_at)::bigint AS id, NULL::bigint AS district_id
       FROM mail_delivery AS d WHERE d.status = 'pending' AND d.next_attempt_at <= instant
       ORDER BY d.next_attempt_at""",
)

# How many, in the place of the id.
MAIL_WAITING = Doorway(
    "mail_waiting",
    "SELECT count(*) AS id, NULL::bigint AS district_id FROM mail_delivery AS d WHERE d.status = 'pending'",
)
MAIL_UNCERTAIN = Doorway(
    "mail_uncertain",
    "SELECT count(*) AS id, NULL::bigint AS district_id FROM mail_delivery AS d WHERE d.status = 'uncertain'",
)
