from django.urls import path

from vpn.subscriptions import views

urlpatterns = [
    path("subscription/", views.subscription, name="status_subscription"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="status_unsubscribe"),
]
