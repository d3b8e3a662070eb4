"""Addresses of contracts: /d/<district>/contracts/<number>/…"""

from django.urls import path

from contracts.views import detail, files, intake, lists, review, steps

app_name = "contract"
HERE = "<slug:district>/contracts/"
ONE = HERE + "<str:number>/"

urlpatterns = [
    path(HERE, lists.contract_list, name="list"),
    path(HERE + "new/", intake.start, name="new"),
    path(ONE, detail.detail, name="detail"),
    path(ONE + "do/<slug:rule>/", detail.act, name="act"),
    path(ONE + "reading/", intake.reading, name="reading"),
    path(ONE + "reading/progress/", intake.reading_progress, name="reading_progress"),
    path(ONE + "terms/", intake.terms, name="terms"),
    path(ONE + "add/", intake.add_paper, name="add_paper"),
    path(ONE + "review/", review.review, name="review"),
    path(ONE + "review/together/", review.together, name="together"),
    path(ONE + "review/<int:pk>/", review.finding, name="finding"),
    path(ONE + "pages/<uuid:document>/<int:page>/", review.page_text, name="page_text"),
    path(ONE + "pages/<uuid:document>/<int:page>.png", review.page_image, name="page_image"),
    path(ONE + "execute/", steps.execute, name="execute"),
    path(ONE + "execute/clocks/", steps.clocks, name="clocks"),
    path(ONE + "execute/<int:pk>/", steps.correct_day, name="correct_day"),
    path(ONE + "ask/", steps.ask, name="ask"),
    path(ONE + "cure/", steps.cure_page, name="cure"),
    path(ONE + "cure/send/", steps.cure_send, name="cure_send"),
    path(ONE + "cure/deliveries/<int:pk>/", steps.cure_decide, name="cure_decide"),
    path(ONE + "cure/sent/", steps.cure_sent, name="cure_sent"),
    path(ONE + "cure/withdraw/", steps.cure_withdraw, name="cure_withdraw"),
    path(ONE + "leave/", steps.leave, name="leave"),
    path(ONE + "leave/certificate/", steps.certificate, name="certificate"),
    path(ONE + "access/", steps.suspend, name="suspend"),
    path(ONE + "access/clear/", steps.clear, name="clear"),
    path(ONE + "points/<str:pack>/<slug:point>/", steps.point, name="point"),
    path(ONE + "files/<uuid:document>/", files.download, name="download"),
    path(ONE + "packet/", files.make_packet, name="packet"),
    path(ONE + "public-copy/", files.public_copy_page, name="public_copy"),
    path(ONE + "public-copy/pages/", files.print_pages, name="print_pages"),
    path(ONE + "public-copy/make/", files.make_copy, name="make_copy"),
    path(ONE + "public-copy/confirm/", files.confirm_copy, name="confirm_copy"),
    path(ONE + "public-copy/<int:pk>/unmark/", files.unmark, name="unmark"),
]
