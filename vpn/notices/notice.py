"""What components/notice.html takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """``action_url`` and ``action_label``: the one thing to do; empty where there is nothing."""

    tone: str
    title: str
    text: str
    action_url: str = ""
    action_label: str = ""
