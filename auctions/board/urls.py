"""Addresses of the board."""

from django.contrib import admin
from django.urls import path

from auctions.board.views import board, now, stuck

urlpatterns = [
    path("", admin.site.admin_view(board), name="board"),
    path("now/", now, name="board-now"),
    path("stuck/", admin.site.admin_view(stuck), name="board-stuck"),
]
