"""``python -m sandbox.demo.commands "migrate --no-input" collectstatic``: manage.py's commands, one after the other.

Each in a process of its own would take a second or two longer.
"""

import sys

import django
from django.core.management import execute_from_command_line


def main(commands: list[str]) -> None:
    django.setup()
    for command in commands:
        execute_from_command_line(["manage.py", *command.split()])


if __name__ == "__main__":
    main(sys.argv[1:])
