"""Addresses of a district's files on vendors: /d/<district>/vendors/<number>/"""

from django.urls import path

from contracts.views import lists

app_name = "vendorfile"
urlpatterns = [
    path("<slug:district>/vendors/", lists.vendor_list, name="list"),
    path("<slug:district>/vendors/<str:number>/", lists.vendor_file, name="detail"),
]
