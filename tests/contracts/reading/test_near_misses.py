"""Clauses that a careful officer would not accept, and the same term told plainly: the reader is never sure of the first."""

from __future__ import annotations

import pytest

from contracts.reading.engine import Draft
from contracts.reading.grammar import load_grammar
from contracts.reading.judge import Judged, judge
from contracts.reading.model import Page
from policy.packs import load

from .frames import FRAME

LIMITS = {r.id: r.limits or {} for p in ("ct-3520.13@2017", "ne-7400.1@2023") for r in load(p).requirements}
PACK = {"ct": "ct-3520.13", "ne": "ne-7400.1"}

AMENDMENT = """SECOND AMENDMENT TO READING AGREEMENT

This Second Amendment is between the Ashby Valley Board of Education ("District") and Quillfern Learning, Inc. ("Vendor").

Background

(a) Vendor hosts reading records and student data of the District.

(b) The Board's counsel has advised that the agreement be brought up to date.

The parties therefore amend the agreement as follows:

1. Section 12 is amended by striking "the laws of the Commonwealth of Massachusetts" and inserting new words, so that it reads:

"12. The laws of the State of Connecticut govern this agreement and the rights and duties of both parties."

2. A new section 13 is added:

"13. Vendor shall use student data only to perform this agreement and for no other purpose. Student data stay on servers in the United States."
"""


def judged(requirement: str, text: str) -> Judged:
    """The clauses' own judgement of a whole text, without the sentence model."""
    case = Draft([Page(1, 0.0, 0.0, text, "flow")]).case
    return judge(case, load_grammar(PACK[requirement[:2]]).clauses[requirement], LIMITS[requirement])


@pytest.mark.parametrize(
    ("requirement", "clause"),
    [
        ("ne-III-A", "Upon termination Vendor shall, at its election, return the student data to the District or destroy it."),
        ("ne-III-A", "For sixty days after the subscription ends the District may log on and export its student data."),
        ("ne-III-A", "Vendor shall return student data to the District against payment of its then standard extraction fee."),
        ("ne-I-E", "The District authorizes collection from a pupil in writing beforehand. A parent whose child goes on using the service is taken to have given verifiable consent before collection."),
        ("ne-I-D", "On every downloading of pupil records a remark is entered in the download journal."),
        ("ne-I-H", "The District may see Vendor's privacy policies and licence agreements at any time. Certificates: no. Logs: no."),
        ("ne-II-C", "Student data is destroyed as the law provides. Vendor cannot track the retention policies of the District."),
        ("ct-06", "Vendor shall notify the District within seventy-two hours after it knows of or suspects unauthorized access to student data, and parents and students in the same time. Late buses are told to parents within one hour."),
        ("ct-06", "Within forty-eight hours after Vendor learns of or suspects unauthorized access to student data, Vendor shall notify the District by telephone. Any communication with students or their families about it shall be a matter for the District alone, and Vendor shall make none."),
        ("ct-06", "Vendor shall notify the District within forty-eight hours after it learns of or suspects unauthorized access to student data. It is for the District to decide whether families hear of it."),
        ("ct-02", "The means by which a pupil or parent may keep pupil-generated content, or send it to an e-mail account, are those stated at line 7 of Exhibit A."),
        ("ct-02", "A button exports the pupils' essays and recordings, and pupils keep them. This function is reserved to the teachers."),
        ("ne-IV-A", "Vendor gives personal information to nobody beyond the firm that hosts ToneTrack. ToneTrack shall be cleared when the services end."),
        ("ct-05", "Vendor will try, as its resources allow, to keep student data secure and confidential."),
        ("ct-03", "Vendor shall use student data solely for the purposes set out in its Product Guide, as that Guide may be revised from time to time."),
        ("ct-11", "No advertisement shall be targeted at a pupil on the strength of student data."),
        ("ne-IV-A", "The agent notes, under the student's name, the addresses of all websites that the student opens, wherever they are hosted. The agent is removed when the services end."),
        ("ct-07", "Once we have wiped student data when the agreement is over, we will send you a note."),
        ("ct-07", "Upon termination Vendor shall retain no student data other than what it needs to defend itself."),
        ("ct-07", "Vendor's aim is that no student data remain in its systems a month after the agreement ends."),
        ("ne-I-G", "Vendor shall upgrade its encryption as the District requires, provided the District bears the cost."),
        ("ct-09", "This agreement is governed by the laws of the State of Connecticut or such other state as Vendor names."),
        ("ct-09", "Claims against the Board are governed by the laws of Connecticut."),
        ("ct-05", "Vendor shall maintain safeguards, but does not undertake that student data will remain secure."),
        ("ct-05", "Vendor requires its subcontractors to keep student data secure and confidential."),
        ("ct-03", "Subcontractors shall use student data only for the purposes of this agreement."),
        ("ct-01", "Student records are owned by the students and controlled by the Board."),
        ("ne-III-B", "For the term of this agreement student data are not Vendor's property."),
        ("ne-I-E", "Vendor shall not use student information until the District has authorized that use and parental consent has been obtained."),
        ("ne-I-B", "Each class has its own user name and password, which are kept confidential."),
        ("ne-III-C", "Vendor shall give the District a statement that all copies known to it will be destroyed."),
        ("ct-10", "If a court finds a part of this agreement invalid, the parties shall discuss whether the rest goes on."),
        ("ct-08", "Neither party shall intentionally break FERPA."),
        ("ct-08", "Vendor shall require its subcontractors to comply with FERPA, and the District shall comply with FERPA itself."),
        ("ct-08", "During the trial period Vendor and the District shall each comply with FERPA."),
        ("ct-09", "Connecticut law may govern this agreement if the parties later agree to it."),
        ("ct-09", "This agreement is governed by the law of the place where Vendor keeps its records, and Vendor may be sued in the State of Connecticut."),
        ("ct-10", "If a court holds a term invalid, the remaining terms stay in force. Vendor shall be free to withdraw from the remainder."),
        ("ct-10", "If a term is found invalid, all other terms are suspended."),
        ("ct-11", "The District has asked that student data not be used for advertising."),
        ("ct-11", "Vendor shall not use student data for advertising on behalf of third parties."),
        ("ne-I-A", "Vendor shall not knowingly violate the privacy rights that the law gives students and staff."),
        ("ne-I-A", "Vendor's subcontractors are obliged to comply with all privacy laws that protect students."),
        ("ne-I-B", "Each user has a user name of his or her own, and Vendor keeps user names and passwords confidential. The password is the same for all students of a grade."),
        ("ne-I-B", "Vendor is able to give each user a unique user name and a unique password and to keep them confidential."),
        ("ne-I-C", "Software alerts Vendor to intrusions and attempted intrusions. On request Vendor gives the District an analysis of confirmed intrusions."),
        ("ne-I-D", "Vendor logs every request for student data made by its own staff."),
        ("ne-I-E", "Within thirty days after activation Vendor shall hold verified parental consent and the District's authorization to collect student data."),
        ("ne-I-F", "Vendor stores student data on laptops with 256-bit encryption."),
        ("ne-I-F", "A strength below 256 bits for stored student data is not acceptable to the District. Vendor notes this."),
        ("ct-05", "Vendor shall keep student data secure and confidential. Vendor gives no undertaking for data that it copies to its test systems."),
        ("ct-01", "The Board owns and controls the student data of this contract. The remaining student data are dealt with under Vendor's content terms."),
        ("ct-07", 'Vendor shall delete all Closing Data within ten days after the services end, without request. "Closing Data" means student data that are not part of a backup.'),
        ("ct-05", "Schools with the premium edition have Vendor's promise: Vendor shall keep student data secure and confidential under the premium plan."),
        ("ct-05", "Vendor's platform is capable of keeping student data secure and confidential."),
        ("ct-01", "Student data belong to the District. The District and Vendor exercise control of student data jointly."),
        ("ct-01", "The District may in writing designate any student data as the District's property under the District's control."),
        ("ct-02", "Student work is downloaded to the teacher's computer, or mailed to the teacher's account, with the Save button."),
        ("ct-02", "Vendor and the District shall confer on a way by which students and parents may download student work to a computer."),
        ("ct-03", "Vendor shall use student data for the purposes of this agreement and for any other purpose permitted by law."),
        ("ct-03", "Vendor shall use student data only for the purposes set out in Vendor's online privacy statement."),
        ("ct-03", "Vendor will endeavor to limit its use of student data to the purposes of this agreement."),
        ("ct-04", "A parent or student may review the student's records on written request. Vendor may, where it sees fit, correct an error that is pointed out."),
        ("ct-05", "Instead of any undertaking to keep student data secure and confidential, Vendor carries cyber insurance."),
        ("ct-06", "If Vendor knows or suspects unauthorized access to student data it may, within 48 hours, notify the Board and the affected students and parents."),
        ("ct-06", "If our analysts are certain that student data was accessed without permission, the clock starts. Within 40 hours on that clock we notify the Board and the affected parents and students by e-mail. We tell you what we suspect."),
        ("ct-07", "When the services end Vendor deletes student data within ten days without request. Backup copies of the data are kept indefinitely."),
        ("ct-07", "When the services end the District has thirty days to erase student data itself. Data that it has not erased by then stay where they are."),
        ("ct-07", "If the District has signed Vendor's erasure form by the sixtieth day after the services end, Vendor shall delete the student data named in it."),
        ("ct-07", "When the services end Vendor deletes all student data within ten days, save for what its product team finds useful."),
        # one a cause: a dearer plan, a denial, a class, an answer to something else, the next sentence, another's duty
        ("ne-III-C", "Certificates of destruction of all student data are sent to District Plus customers at termination."),
        ("ne-III-C", "Vendor may, as the last of its acts, mail to the District an affidavit that all student data have been destroyed."),
        ("ne-III-C", "When the agreement ends a letter goes to each family declaring that all copies of the student data were destroyed."),
        ("ne-III-C", "When the agreement ends Vendor certifies to the District that all asbestos it removed has been destroyed."),
        ("ne-IV-C", "We do not say that tracking data is kept only to upgrade, update and ease navigation of the site."),
        ("ne-IV-C", "Vendor keeps what its cookies record only so far as needed to upgrade, update and ease navigation of the site, and to promote new titles."),
        ("ne-IV-D", "Row 8 asks that student data be maintained in compliance with FERPA and COPPA. Vendor's answer: Vendor holds an ISO certificate."),
        ("ne-IV-D", "Vendor shall comply with FERPA and COPPA in respect of special education records. Other records are held under commercial standards."),
        ("ne-IV-D", "Vendor shall require its hosting subcontractor to hold student data as FERPA and COPPA require."),
        ("ne-II-A", "Vendor shall not disclose student data to third parties except as needed to run the site. Vendor may share it freely with its distributors."),
        ("ne-II-B", "Vendor shall not use student data without the prior written authorization of the District and parental consent where law requires it. Vendor may proceed while either is awaited."),
        ("ne-II-B", "The swimming pool may not be used for any reason without prior authorization by the District and, for students, parental consent as required by law."),
        ("ne-II-C", "Any subcontractor of Vendor shall destroy student records in accordance with law and the District's policies."),
        ("ne-III-A", "Upon termination the service shall, at the option of the service, return all student data to the District or destroy it."),
        ("ne-III-B", "Student essays are never Vendor's property. Reading scores that the service computes about each student are Vendor's."),
        ("ne-I-G", "When the District requires it, Vendor shall either upgrade its encryption or refund a month of fees."),
        ("ne-I-H", "The District may see Vendor's privacy policies, licences and encryption certificates. Request logs: internal."),
        ("ne-IV-A", "Cookies collect no identifying data beyond what is needed to track activity within the site. Vendor tells the District how to remove them when the services end."),
        ("ne-IV-B", "Nothing persists on a user's computer except the log-in cookie. Anything else persistent: six weeks at most."),
    ],
)  # fmt: skip
def test_a_near_miss_is_never_surely_met(requirement: str, clause: str) -> None:
    reading = judged(requirement, FRAME.format(clause=clause))
    assert not (reading.verdict == "met" and reading.sure and not reading.doubts)


@pytest.mark.parametrize(
    ("requirement", "clause"),
    [
        ("ne-III-A", "When this contract is over the Board may choose to have the pupil records handed back, and Vendor shall hand them back within fifteen days."),
        ("ct-07", "Within thirty days after the services are complete, and without being asked, Vendor shall erase all student data, backups included."),
        ("ne-I-G", "When the Board gives notice that accepted encryption standards have moved on, Vendor shall upgrade its encryption software at Vendor's cost."),
        ("ct-06", "Within forty-eight hours after it knows of or suspects unauthorized access to student data, Vendor shall (a) telephone and e-mail the Board; and (b) notify each student and parent by e-mail."),
        ("ct-05", "Vendor shall not raise its price this year, shall train two teachers, and shall keep student data safe from intruders and confidential."),
        ("ct-03", "Vendor shall restrict its use of everything that it learns from students to the purposes this agreement authorizes."),
        ("ct-01", "The District is the sole owner of all right, title and interest in student data, and shall at all times, wherever the data lie, keep full control over them."),
        ("ne-IV-C", "What our cookies record we keep only as long as we need it to update the site or smooth the way around it."),
        ("ne-III-B", "Everything about a student that the service works out belongs to the District. None of it is the Vendor's."),
        ("ne-III-C", "On expiry Vendor will destroy all copies of student data. Vendor will confirm to the District in writing that it has done so."),
        ("ne-IV-B", "A cookie that stays on the computer after use is not permitted. The only exception is the cookie that remembers the user name or password for sign-in."),
        ("ct-08", "Vendor will comply with FERPA. The same undertaking is given by the District."),
        ("ct-09", "Governing law: [ ] New York [x] Connecticut [ ] Other."),
        ("ct-09", "For pupils living in Massachusetts too, the parties agree that Connecticut law governs this agreement."),
        ("ne-I-F", "No student data may be stored on a server unless it is encrypted with at least 256 bits."),
    ],
)  # fmt: skip
def test_the_plain_term_beside_it_is_met(requirement: str, clause: str) -> None:
    assert judged(requirement, FRAME.format(clause=clause)).verdict == "met"


def test_background_ends_where_the_parties_amend_and_struck_words_are_no_term() -> None:
    assert judged("ct-09", AMENDMENT).verdict == "met"
    assert judged("ct-03", AMENDMENT).verdict == "met"


def test_an_answer_leans_on_its_question_for_the_subject() -> None:
    text = (
        FRAME.format(clause="None.")
        + "\nQ25. Whose law governs?\n\nA25. Connecticut's, as to all rights and duties.\n"
    )
    assert judged("ct-09", text).verdict == "met"
