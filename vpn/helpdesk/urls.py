"""`/helpdesk/`. A user name may be any text, with slashes too; nobody's begins with "-/"."""

from django.urls import path

from vpn.helpdesk import actions, causes_page, views

urlpatterns = [
    path("", views.find, name="helpdesk"),
    path("-/results/", views.results, name="helpdesk_results"),
    path("-/code/", views.code, name="helpdesk_code"),
    path("-/guide/<path:username>/", actions.send_guide, name="helpdesk_send_guide"),
    path("-/watch/<path:username>/", actions.watch, name="helpdesk_watch"),
    path("-/end/<path:username>/", actions.end_connection, name="helpdesk_end_connection"),
    path("-/causes/", causes_page.causes, name="helpdesk_causes"),
    path("-/answer/<path:username>/", causes_page.answer, name="helpdesk_answer"),
    path("<path:username>/", views.person, name="helpdesk_person"),
]
