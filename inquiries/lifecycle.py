"""Where an inquiry may go; applied by `ledger.entries.transition` only."""

from __future__ import annotations

from inquiries.models import InquiryStatus

INQUIRY = {
    InquiryStatus.RECEIVED.value: frozenset(
        {InquiryStatus.ANSWERED.value, InquiryStatus.REFUSED.value, InquiryStatus.WITHDRAWN.value}
    ),
    InquiryStatus.REFUSED.value: frozenset({InquiryStatus.ANSWERED.value}),
}
