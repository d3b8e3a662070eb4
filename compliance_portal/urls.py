"""Every address of the portal."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from compliance_portal import account, today
from compliance_portal.setup_desk.invitations import invitation
from mail import webhooks
from policy import health_views
from records.urls import district_urls

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.today, name="today"),
    path("healthz", health_views.healthz, name="healthz"),
    path("metrics", health_views.metrics, name="metrics"),
    path("deadlines/", today.deadlines, name="deadlines"),
    path("setup/", include("compliance_portal.setup_desk.urls")),
    path("invitation/<str:token>/", invitation, name="invitation"),
    path("account/away/", account.own_absence, name="own_absence"),
    path("account/away/<slug:slug>/", account.own_absence, name="own_absence_in"),
    path("account/keys/", account.api_keys, name="api_keys"),
    path("account/keys/<int:pk>/revoke/", account.revoke_api_key, name="revoke_api_key"),
    path("accounts/email/", account.OwnAddresses.as_view(), name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("d/<slug:slug>/", include(district_urls)),
    path("d/<slug:slug>/inquiries/", include("inquiries.urls")),
    path("admin/", admin.site.urls),
    path("webhooks/", include(webhooks.urls())),
    path("d/", include("contracts.urls")),
    path("d/", include("contracts.vendor_file_urls")),
    path("vendor/", include("breaches.vendor_urls")),
    path("vendor/", include("contracts.vendor_urls")),
    path("d/", include("breaches.urls")),
    path("api/v1/", include("compliance_portal.api")),
    path("d/", include("notices.urls")),
    path("d/", include("policy.urls")),
    path("d/", include("roster.urls")),
    path("", include("notices.public_urls")),  # last: it takes whatever may be a district's name
]
