"""What happened to notices, told in plain words."""

from __future__ import annotations

from ledger.history import add_sentences

add_sentences(
    {
        "notice-drafted": "Notice {notice} was drafted for {by}.",
        "notice-edited": "{by} changed notice {notice}: {fields}.",
        "notice-text-written": "{by} wrote the part “{part}” of notice {notice} in {language}.",
        "notice-text-reviewed": "{by} checked the part “{part}” of notice {notice} in {language}.",
        "notice-combined": "{by} put notice {was} into notice {notice}.",
        "notice-combined-away": "{by} put this notice into notice {into}.",
        "notice-approval-asked": "{by} asked a second person to approve notice {notice}.",
        "notice-approved": "{by} approved notice {notice}.",
        "notice-approval-lost": "Notice {notice} was changed by {by} and must be approved again.",
        "notice-issued": "{by} sent notice {notice} to the families.",
        "posted-copy-withheld": "{by} hid more: notice {notice}, version {version}, lost its copy.",
        "posting-published": "{by} posted notice {notice}, version {version}.",
        "posting-withdrawn": "{by} took back version {version} of notice {notice}.",
        "posted-elsewhere": "{by} recorded that notice {notice} stands on another site since {on}.",
        "letters-instead": "{by} made {count} letters of notice {notice}: these e-mails had not left.",
        "letters-printed": "{by} printed {count} letters of notice {notice}.",
        "letters-posted": "{by} put {count} letters of notice {notice} in the post.",
        "recipients-exported": "{by} exported the list of recipients of notice {notice}.",
        "delivery-report-read": "{by} uploaded a delivery report for notice {notice}: {matched} of {lines} "
        "lines fit.",
        "deliveries-read": "{by} looked at the deliveries of notice {notice}: {refs}.",
        "question-answered": "{by} marked a family's question as answered.",
    }
)
