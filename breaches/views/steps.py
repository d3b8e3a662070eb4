"""The five steps of a breach as its page shows them: where the desk stands, and what is next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from breaches.models import Breach, BreachSort, BreachStatus
from breaches.response import approval_asked
from breaches.roles import second_persons
from notices.issue import authors_of
from notices.models import Notice, NoticeStatus
from parties.models import User
from policy.models import Obligation
from policy.templatetags.deadlines import local_time


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five steps as the page shows it."""

    name: str
    note: str
    state: str
    url: str = ""
    verb: str = ""


def steps_of(breach: Breach, notice: Notice | None, waiting: Sequence[Obligation], by: User) -> list[Step]:
    """Where the desk stands: the first step that is not done is the current one."""
    where = [breach.district.slug, breach.case.number]
    report = Step(
        _("Record the report"),
        _("Done. Report %(number)s, received %(when)s")
        % {"number": breach.report.number, "when": local_time(breach.received_at, breach.district)},
        "done",
        reverse("breach:report", args=where),
        _("See report"),
    )
    if breach.sort == BreachSort.ATTEMPT or breach.status == BreachStatus.NO_BREACH:
        return [report, *_short_steps(breach, where)]
    issued = notice is not None and notice.status == NoticeStatus.ISSUED
    approved = notice is not None and notice.status in (NoticeStatus.APPROVED, NoticeStatus.ISSUED)
    rows = [
        (
            _("List the people"),
            people_note(breach),
            breach.listed_at is not None,
            "people",
            _("List the people"),
            _("See list"),
        ),
        (
            _("Write the notice"),
            notice_note(notice, breach),
            notice is not None,
            "notice",
            _("Write the notice"),
            _("See notice"),
        ),
        (
            _("A second person approves"),
            approval_note(breach, notice),
            approved,
            "approve",
            _("See what waits for approval") if waits_for_others(notice, by) else _("Read and approve"),
            _("See approval"),
        ),
        (
            _("Send and post"),
            sending_note(breach, notice, waiting),
            issued and not any(duty.kind == "posting" for duty in waiting),
            "send",
            _("Send and post"),
            "",
        ),
    ]
    steps, found = [report], False
    for name, note, done, page, verb, seen in rows:
        state = "done" if done else "todo" if found or not breach.is_open else "current"
        found = found or not done
        url = reverse(f"breach:{page}", args=where) if (state != "todo" and (seen or not done)) else ""
        if issued and page in ("notice",):
            url = reverse("breach:approve", args=where)
        steps.append(Step(str(name), str(note), state, url, str(seen if done else verb)))
    return steps


def _short_steps(breach: Breach, where: list[str]) -> list[Step]:
    """An attempt, or no breach after all: look into it, note what changes, close."""
    looked_into = breach.investigation.exists()
    closed = breach.status == BreachStatus.CLOSED
    return [
        Step(
            str(_("Look into it")),
            str(_("The log has begun.") if looked_into else _("Write down what was tried and what you did.")),
            "done" if looked_into else "current",
            reverse("breach:log", args=where),
            str(_("See the log") if looked_into else _("Start the log")),
        ),
        Step(
            str(_("Close it")),
            str(_("Say what changes, so that it does not happen again.")),
            "done" if closed else "current" if looked_into else "todo",
            "" if closed or not looked_into else reverse("breach:close", args=where),
            str(_("Close the breach")),
        ),
    ]


def people_note(breach: Breach) -> str:
    if breach.listed_at is None:
        return _("Upload a list, or choose schools and grades.")
    count = breach.people.count()
    note = ngettext("Done. %(n)s person", "Done. %(n)s people", count) % {"n": f"{count:,}"}
    return f"{note}. {_('They may be involved.')}" if breach.maybe_involved else note


def notice_note(notice: Notice | None, breach: Breach) -> str:
    if notice is None:
        return _("Five short parts. A first wording is there for you.")
    languages = breach.district.languages or ["en"]
    section = notice.sections.first()
    reviewed = set()
    if section is not None:
        reviewed = {text.language for text in section.texts.all() if text.reviewed_at is not None}
    waiting = [language for language in languages[1:] if language not in reviewed]
    if not waiting:
        return _("Done in every language of your pages.")
    return _("Done in %(first)s. Not translated yet: %(others)s. The clock does not wait for it.") % {
        "first": get_language_info(languages[0])["name"],
        "others": ", ".join(get_language_info(code)["name"] for code in waiting),
    }


def waits_for_others(notice: Notice | None, by: User) -> bool:
    """Whether an author has asked and can only wait, or call."""
    return notice is not None and by.pk in authors_of(notice) and approval_asked(notice)


def approval_note(breach: Breach, notice: Notice | None) -> str:
    if notice is not None and notice.approved_by is not None:
        note = _("Approved by %(name)s") % {"name": notice.approved_by}
        return (
            f"{note}. {_('One person alone')}: {notice.approved_alone_because}"
            if notice.approved_alone_because
            else note
        )
    if notice is None or notice.drafted_by is None:
        return _("Somebody who did not write it")
    names = [str(user) for user in second_persons(breach, first=None, but_not=authors_of(notice))]
    if not names:
        return _("There is no second person: you may approve alone and say why.")
    said = _("%(names)s. They get an e-mail.")
    if approval_asked(notice):
        said = _("Asked: %(names)s. They got an e-mail. Call them when the time is short.")
    return said % {"names": _(" or ").join(names[:3])}


def sending_note(breach: Breach, notice: Notice | None, waiting: Sequence[Obligation]) -> str:
    if breach.is_drill:
        return _("A drill: the message goes to staff only, and nothing is posted.")
    if notice is not None and notice.issued_at is not None:
        return _("Sent %(when)s") % {"when": local_time(notice.issued_at, breach.district)}
    return _("E-mail to families, letters to print, the public page. The clock stops here.")
