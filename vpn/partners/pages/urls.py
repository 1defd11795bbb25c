from django.urls import path

from vpn.partners.pages import acknowledging, views

urlpatterns = [
    path("partners/", views.partners, name="partners"),
    path("partners/new/", views.partner, name="partner_new"),
    path("partners/<int:pk>/", views.partner, name="partner"),
    path("partners/<int:pk>/remove/", views.remove, name="partner_remove"),
    path("announce/", views.announce, name="announce_address"),
    path("announcements/<int:pk>/", views.announcement, name="announcement"),
    path("announcements/<int:pk>/again/", views.again, name="announcement_again"),
    path("announcements/<int:pk>/cancel/", views.cancel, name="announcement_cancel"),
    path("acknowledge/<str:token>/", acknowledging.acknowledge, name="acknowledge_announcement"),
]
