"""Addresses of notices for staff: /d/<district>/notices/<number>/…"""

from django.urls import path

from notices import deliveries, views

app_name = "notice"
HERE = "<slug:district>/notices/"
ONE = HERE + "<str:number>/"

urlpatterns = [
    path(HERE, views.notice_list, name="list"),
    path(HERE + "questions/", deliveries.questions, name="questions"),
    path(HERE + "questions/<int:pk>/", deliveries.answer_question, name="answer_question"),
    path(ONE, views.detail, name="detail"),
    path(ONE + "message/", views.message, name="message"),
    path(ONE + "sections/<int:pk>/", views.edit_section, name="edit_section"),
    path(ONE + "sections/<int:pk>/texts/", views.add_text, name="add_text"),
    path(ONE + "texts/<int:pk>/review/", views.review, name="review"),
    path(ONE + "ask-approval/", views.ask_approval, name="ask_approval"),
    path(ONE + "approve/", views.approve, name="approve"),
    path(ONE + "combine/", views.combine, name="combine"),
    path(ONE + "send/", views.confirm_issue, name="confirm_issue"),
    path(ONE + "send/now/", views.issue, name="issue"),
    path(ONE + "post/", views.post, name="post"),
    path(ONE + "post/elsewhere/", views.elsewhere, name="elsewhere"),
    path(ONE + "post/withdraw/", views.withdraw, name="withdraw"),
    path(ONE + "deliveries/", deliveries.delivery_table, name="deliveries"),
    path(ONE + "deliveries.<str:extension>", deliveries.export, name="export"),
    path(ONE + "deliveries/report/", deliveries.report, name="report"),
    path(ONE + "letters.pdf", deliveries.letters, name="letters"),
    path(ONE + "letters/posted/", deliveries.letters_posted, name="letters_posted"),
]
