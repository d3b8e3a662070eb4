"""The words of the demo's contracts: each clause in one good and some weaker versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

GOOD: Final[Mapping[str, tuple[str, str]]] = {
    "ct-01": (
        "Ownership of data",
        "Student records, student information and everything a student makes in {product} remain the "
        "property of "
        "the Board of Education and stay under its control. {vendor} gains no ownership of any of it.",
    ),
    "ct-02": (
        "Student work",
        "Students and their parents can download any essay, recording or project from the student's page at "
        "any "
        "time, and may have it sent to a personal e-mail account they name. The Board can download all "
        "student work "
        "in bulk from the administration page.",
    ),
    "ct-03": (
        "Use of data",
        "{vendor} uses student information, student records and student-generated content only for the "
        "purposes "
        "that this Agreement authorizes, and for nothing else.",
    ),
    "ct-04": (
        "Seeing and correcting records",
        "A parent, legal guardian or eligible student may write to {address} to see the personally "
        "identifiable "
        "information held about the student. {vendor} shows it within ten days and corrects whatever is "
        "wrong within "
        "ten days of being told.",
    ),
    "ct-05": (
        "Security",
        "{vendor} shall take actions designed to ensure the security and confidentiality of student records, "
        "student information and student-generated content.",
    ),
    "ct-06": (
        "Notice of unauthorized access",
        "As soon as practical, and not later than forty-eight (48) hours after {vendor} becomes aware of or "
        "suspects "
        "unauthorized access to student data under its control, {vendor} shall notify the Board by telephone "
        "and the "
        "affected students and their parents or guardians by e-mail, saying what was seen and what they can "
        "do.",
    ),
    "ct-07": (
        "When services end",
        "On completion of the services no student record, student information or student-generated content "
        "is "
        "retained by or available to {vendor}; all of it is erased within thirty days without anyone having "
        "to ask, "
        "except where a student or parent keeps a personal account for the student's own work.",
    ),
    "ct-08": (
        "FERPA",
        "{vendor} and the Board shall each ensure compliance with the Family Educational Rights and Privacy "
        "Act, "
        "20 U.S.C. 1232g.",
    ),
    "ct-09": (
        "Governing law",
        "The laws of the State of Connecticut govern the rights and duties of both parties.",
    ),
    "ct-10": (
        "Severability",
        "If a court of competent jurisdiction holds any provision invalid, the other provisions, which can "
        "be "
        "given effect without it, remain in force.",
    ),
    "ct-11": (
        "No advertising",
        "{vendor} shall not use personally identifiable information contained in student records for "
        "advertising "
        "of any kind, or for any purpose other than those this Agreement authorizes.",
    ),
    "ct-12": (
        "Outer limits for notice",
        "On discovery of a breach that releases student information other than directory information, "
        "{vendor} "
        "notifies the Board without unreasonable delay and in no case later than thirty (30) days from "
        "discovery. For "
        "directory information, student records and student-generated content the limit is sixty (60) days.",
    ),
    "ne-I-F": (
        "Encryption",
        "All student and District information is encrypted with 256-bit encryption, both stored and in "
        "transit.",
    ),
    "ne-I-B": (
        "Accounts",
        "Each user has a unique user name and a unique password, and {vendor} keeps both confidential.",
    ),
    "ne-II-A": (
        "No disclosure",
        "{vendor} discloses no personally identifiable information of a student to any third party, except "
        "as far "
        "as running and maintaining the service requires.",
    ),
    "ne-III-A": (
        "Return of data",
        "At the Board's option all student data is returned to it when this Agreement ends. After the return "
        "{vendor} gives the Board a signed statement that every known copy has been destroyed.",
    ),
}

WEAK: Final[Mapping[str, str]] = {
    "ct-01": (
        "Data entered by the Board belongs to the Board. Scores that {product} computes belong to {vendor}."
    ),
    "ct-04": "{vendor} will reasonably assist the Board if it receives a request about a student's record.",
    "ct-06": (
        "{vendor} will notify the Board within seventy-two (72) hours of confirming a security incident."
    ),
    "ct-07": (
        "{vendor} will delete student data after the end of services if the Board asks for it in writing."
    ),
    "ct-08": "{vendor} acknowledges that the Board is subject to FERPA.",
    "ct-09": "This Agreement is governed by the laws of the State of California.",
    "ct-10": "If any provision is invalid, the parties will talk about what to do.",
    "ct-11": "{vendor} does not use student data for targeted advertising.",
    "ne-I-F": "Student data is encrypted with 128-bit encryption.",
}
"""What a careful reader would call falling short."""


def sections_of(
    *, vendor: str, product: str, weak: frozenset[str], absent: frozenset[str]
) -> list[tuple[str, str]]:
    """Heading and words of each clause, with the chosen ones weakened or left out."""
    names = {"vendor": vendor, "product": product, "address": f"privacy@{vendor.split()[0].lower()}.example"}
    return [
        (heading, (WEAK[key] if key in weak else words).format(**names))
        for key, (heading, words) in GOOD.items()
        if key not in absent
    ]
