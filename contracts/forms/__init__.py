"""What people type about contracts. The rules stand in the verbs; a form only asks and shows the answer."""

from contracts.forms.fields import (
    show_refusal,
)
from contracts.forms.intake import (
    PaperForm,
    StartForm,
    TermsForm,
    UploadForm,
    terms_of,
)
from contracts.forms.marking import (
    LinesForm,
    PlaceForm,
    WordsForm,
)
from contracts.forms.steps import (
    AnswerForm,
    AskForm,
    CertificateForm,
    CorrectDayForm,
    DeliveryForm,
    EndForm,
    ExecuteForm,
    FindingForm,
    PointForm,
    ReasonForm,
    ReturnForm,
    SuspendForm,
    VoidForm,
)

__all__ = [
    "AnswerForm",
    "AskForm",
    "CertificateForm",
    "CorrectDayForm",
    "DeliveryForm",
    "EndForm",
    "ExecuteForm",
    "FindingForm",
    "LinesForm",
    "PaperForm",
    "PlaceForm",
    "PointForm",
    "ReasonForm",
    "ReturnForm",
    "StartForm",
    "SuspendForm",
    "TermsForm",
    "UploadForm",
    "VoidForm",
    "WordsForm",
    "show_refusal",
    "terms_of",
]
