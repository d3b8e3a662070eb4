"""The vendor's side of the breach desk: /vendor/reports/…"""

from django.urls import path

from breaches.views import vendor

app_name = "vendor_report"

urlpatterns = [
    path("reports/", vendor.report_list, name="list"),
    path("reports/new/", vendor.new, name="new"),
    path("reports/<str:number>/", vendor.detail, name="detail"),
]
