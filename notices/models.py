"""The duty to tell: the notice as families get it, and the posting as the public sees it.

A Notice hangs on the cases it tells about (its sections'), and a Posting is a frozen copy of its own:
public pages query Posting, PostingFile and nothing else (architecture §7).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ledger.models import Case
from mail.models import Message
from parties.access import districts_of
from parties.models import District, School, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

Row = TypeVar("Row", bound=models.Model)


class NoticesQuerySet(models.QuerySet[Row]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Rows of the person's districts; those of a restricted case only for the people named on it."""
        return self.filter(district__in=districts_of(user), case__in=Case.objects.for_user(user))


class NoticeKind(models.TextChoices):
    CONTRACT = "contract", "Contract"
    BREACH = "breach", "Breach"


class NoticeStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    ISSUED = "issued", "Issued"
    COMBINED = "combined", "Part of another notice"
    ASIDE = "aside", "Put aside"


class Notice(models.Model):
    """What families are told, with one section for each contract (L-5), or about one breach (B-1)."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="notices")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    number = models.CharField(max_length=20, help_text="For the public address; never used again")
    status = models.CharField(max_length=10, choices=NoticeStatus, default=NoticeStatus.DRAFT)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_alone_because = models.TextField(blank=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(null=True)
    audience = models.CharField(
        max_length=30, blank=True, help_text="Which students were told: the parameter, frozen when issued"
    )
    reached = models.JSONField(default=dict, help_text="Recipients by channel and language, when issued")
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, related_name="notice")
    sent_elsewhere = models.BooleanField(default=False)

    objects = NoticesQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="one_notice_of_a_number"),
            models.CheckConstraint(
                condition=~Q(status="issued") | Q(issued_at__isnull=False, message__isnull=False),
                name="issued_has_its_message",
            ),
        ]

    def __str__(self) -> str:
        return f"Notice {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("notice:detail", args=[self.district.slug, self.number])


class NoticeSection(models.Model):
    """One contract's three parts of the policy, kept apart: that it was executed and when; what it is and
    what it is for; what may be collected. Codes are of `notices.elements` and `notices.phrases`."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="sections")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notice_sections")
    position = models.PositiveSmallIntegerField(default=0)
    vendor = models.CharField(max_length=200)
    product = models.CharField(max_length=200)
    executed_on = models.DateField(null=True, blank=True)
    description = models.CharField(max_length=300, blank=True)
    purpose = models.CharField(max_length=300, blank=True)
    purposes = ArrayField(models.SlugField(max_length=40), default=list, blank=True)
    elements = ArrayField(models.SlugField(max_length=40), default=list, blank=True)
    elements_confirmed = models.BooleanField(
        default=False, help_text="A person said that these are the kinds of data, or that there are none"
    )
    all_schools = models.BooleanField(default=False)
    schools = models.ManyToManyField(School, blank=True, related_name="+")
    grades = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = NoticesQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "case"], name="one_section_a_case"),
        ]

    def __str__(self) -> str:
        return self.product


class Part(models.TextChoices):
    """The parts of a notice that are free text, and so must be translated by a person."""

    DESCRIPTION = "description", _("What it is")
    PURPOSE = "purpose", _("What it is for")
    WHAT_HAPPENED = "what_happened", _("What happened")
    DATA = "data", _("What data, and whose")
    WHAT_WE_DO = "what_we_do", _("What we and the company do about it")
    WHAT_YOU_CAN_DO = "what_you_can_do", _("What you can do now")
    CONTACT = "contact", _("Who to call")


class Origin(models.TextChoices):
    PERSON = "person", "Written by a person"
    MACHINE_DRAFT = "machine_draft", "Machine draft"


class NoticeText(models.Model):
    """One part of a section in one language. Only a reviewed text is shown to families.

    The district's own words in its first language need no review; a translation does (ux §5).
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    section = models.ForeignKey(NoticeSection, on_delete=models.CASCADE, related_name="texts")
    part = models.CharField(max_length=20, choices=Part)
    language = models.CharField(max_length=12)
    body = models.TextField(max_length=4000)
    origin = models.CharField(max_length=15, choices=Origin, default=Origin.PERSON)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = NoticesQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["part", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "part", "language"], name="one_text_a_part_and_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_part_display()} ({self.language})"


class PostingQuerySet(NoticesQuerySet["Posting"]):
    def public(self) -> PostingQuerySet:
        """What the public list shows: the newest version of each number, withdrawn ones marked, not gone."""
        return self.filter(is_current=True)


class Posting(models.Model):
    """One version of one public page, frozen: later changes anywhere else do not reach it.

    `facts` holds the sections' codes, dates and reviewed texts; `words` what search may find. A withdrawn
    posting keeps its address and says that it was withdrawn, when and why.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="postings")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="postings")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="postings")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    number = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    what_changed = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=300, help_text="Product and vendor names, as listed")
    facts = models.JSONField()
    school_names = ArrayField(models.CharField(max_length=200), default=list)
    all_schools = models.BooleanField(default=False)
    words = models.TextField(help_text="Everything a search may find, in every language posted")
    posted_at = models.DateTimeField()
    posted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    elsewhere_url = models.URLField("address on another website", max_length=500, blank=True)
    elsewhere_at = models.DateTimeField(null=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ["-posted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["district", "number", "version"], name="one_posting_a_version"),
            models.UniqueConstraint(
                fields=["district", "number"], condition=Q(is_current=True), name="one_current_posting"
            ),
        ]
        indexes = [
            models.Index(
                fields=["district", "-posted_at"], condition=Q(is_current=True), name="postings_listed"
            ),
            GinIndex(SearchVector("words", config="simple"), name="postings_words"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="postings_titles_alike"),
        ]

    def __str__(self) -> str:
        return f"Posting {self.number} v{self.version}"

    @property
    def withdrawn(self) -> bool:
        return self.withdrawn_at is not None


def posting_key(file: PostingFile, filename: str) -> str:
    return f"{file.district_id}/{file.uuid}"


class PostingFile(models.Model):
    """A file of a posting: its own bytes with their hash, and the text read from these bytes."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveSmallIntegerField(default=0, help_text="The section it belongs to")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=posting_key, max_length=255)
    pages = ArrayField(models.TextField(), default=list, help_text="The text version, page by page")
    withheld_at = models.DateTimeField(
        null=True, help_text="From then on the public gets it no more: something in it must stay hidden"
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Follower(models.Model):
    """Somebody who asked for an e-mail when a notice is posted. Nothing is sent before they confirm."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="followers")
    email = models.EmailField()
    language = models.CharField(max_length=12, default="en")
    number = models.CharField(max_length=20, blank=True, help_text="Only this notice; empty: all of them")
    asked_at = models.DateTimeField(null=True, help_text="When the question whether they want it was sent")
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "district",
                Lower("email"),
                "number",
                condition=Q(ended_at=None),
                name="one_following",
            )
        ]

    def __str__(self) -> str:
        return f"follower {self.pk}"

    @property
    def ref(self) -> str:
        return f"follower:{self.pk}"


class Question(models.Model):
    """What somebody asked the district from its public site; answered by a person, outside the portal."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="questions")
    number = models.CharField(max_length=20, blank=True, help_text="The notice it is about")
    words = models.TextField(max_length=2000)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=12, default="en")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"question {self.pk}"
