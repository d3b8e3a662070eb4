"""Addresses of the breach desk: /d/<district>/breaches/<number>/…, and the form that needs no sign-in."""

from django.urls import path

from breaches.views import desk, measures, notice, people, public, reports

app_name = "breach"
HERE = "<slug:district>/breaches/"
ONE = HERE + "<str:number>/"

urlpatterns = [
    path("<slug:district>/report-a-breach/", public.report, name="open_report"),
    path("<slug:district>/report-a-breach/received/", public.received, name="received"),
    path("<slug:district>/report-a-breach/<str:token>/", public.report, name="link_report"),
    path(HERE, desk.breach_list, name="list"),
    path(HERE + "new/", reports.new, name="new"),
    path(HERE + "drill/", reports.drill, name="drill"),
    path(HERE + "links/", reports.links, name="links"),
    path(ONE, desk.detail, name="detail"),
    path(ONE + "do/<slug:rule>/", desk.act, name="act"),
    path(ONE + "report/", reports.report, name="report"),
    path(ONE + "seen-by/", reports.seen_by, name="seen_by"),
    path(ONE + "check/", reports.check, name="check"),
    path(ONE + "people/", people.people, name="people"),
    path(ONE + "people/<int:pk>/", people.preview, name="people_preview"),
    path(ONE + "notice/", notice.write, name="notice"),
    path(ONE + "notice/<str:language>/", notice.translate, name="translate"),
    path(ONE + "approve/", notice.approve_page, name="approve"),
    path(ONE + "send/", notice.send, name="send"),
    path(ONE + "page/", notice.page, name="page"),
    path(ONE + "same-event/", reports.same_event, name="same_event"),
    path(ONE + "more-than-an-attempt/", measures.more_than_attempt, name="more_than_attempt"),
    path(ONE + "tell-added/", notice.tell_added, name="tell_added"),
    path(ONE + "letters-instead/", notice.by_letter, name="by_letter"),
    path(ONE + "missed/", notice.missed, name="missed"),
    path(ONE + "close/", notice.close, name="close"),
    path(ONE + "reopen/", notice.reopen, name="reopen"),
    path(ONE + "log/", measures.log, name="log"),
    path(ONE + "files/<uuid:document>/", measures.download, name="download"),
    path(ONE + "packet/", measures.make_packet, name="packet"),
    path(ONE + "access/", measures.access, name="access"),
    path(ONE + "access/<int:pk>/give-back/", measures.give_back, name="give_back"),
    path(ONE + "vendor/", measures.vendor, name="vendor"),
    path(ONE + "vendor/<int:pk>/", measures.answer, name="answer"),
    path(ONE + "office/<slug:rule>/", measures.office, name="office"),
    path(ONE + "duty/<slug:rule>/", measures.duty, name="duty"),
    path(ONE + "decision/", measures.decision, name="decision"),
    path(ONE + "sanctions/", measures.sanctions, name="sanctions"),
]
