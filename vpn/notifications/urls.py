from django.urls import path

from vpn.notifications import views

urlpatterns = [
    path("", views.notifications, name="notifications"),
    path("test/", views.test, name="notification_test"),
    path("<int:pk>/again/", views.again, name="notification_again"),
]
