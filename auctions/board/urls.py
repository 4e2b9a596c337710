"""Addresses of the board."""

from django.contrib import admin
from django.urls import path

from auctions.board.views import ahead, board, book, closed, feed, hour, hour_data, now, stuck

urlpatterns = [
    path("", admin.site.admin_view(board), name="board"),
    path("now/", now, name="board-now"),
    path("feed/", feed, name="board-feed"),
    path("hour/", admin.site.admin_view(hour), name="board-hour"),
    path("hour/data/", admin.site.admin_view(hour_data), name="board-hour-data"),
    path("stuck/", admin.site.admin_view(stuck), name="board-stuck"),
    path("books/", admin.site.admin_view(closed), name="board-closed"),
    path("books/<uuid:book_id>/", admin.site.admin_view(book), name="board-book"),
    path("venues/<uuid:venue_id>/", admin.site.admin_view(ahead), name="board-venue"),
]
