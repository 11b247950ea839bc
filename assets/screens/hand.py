#!/usr/bin/env python3
"""A hand for the window of Morphospace: finds what a person would by its accessible role and name, and uses the real mouse.

hand.py wait  SECONDS ROLE NAME    until it is there (and can be used, if it is a button)
hand.py click ROLE NAME            a click on its middle
hand.py where ROLE NAME            its left, top, width and height in pixels
hand.py list                       everything that has a name

NAME is a regular expression for the whole name. It needs the accessibility bus (at-spi2-core, gir1.2-atspi-2.0).
"""
import re
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402


def window():
    """The program: the only one on a bus of its own."""
    desktop = Atspi.get_desktop(0)
    return desktop.get_child_at_index(desktop.get_child_count() - 1) if desktop.get_child_count() else None


def everything(node):
    if node is None:
        return
    yield node
    for index in range(node.get_child_count()):
        yield from everything(node.get_child_at_index(index))


def found(role, name):
    """Those that are on the screen, the last first: what opened last lies in front."""
    pattern = re.compile(name)
    hits = []
    for node in everything(window()):
        try:
            is_role = role == "any" or node.get_role_name().replace(" ", "") == role
            if is_role and pattern.fullmatch(node.get_name() or ""):
                box = node.get_extents(Atspi.CoordType.WINDOW)
                if box.width > 0 and box.height > 0:
                    hits.append((node, box))
        except GLib.Error:
            continue
    return hits[::-1]


def wait(seconds, role, name):
    end = time.monotonic() + float(seconds)
    while True:
        try:
            for node, box in found(role, name):
                if node.get_state_set().contains(Atspi.StateType.ENABLED) or "button" not in node.get_role_name():
                    return box
        except GLib.Error:
            pass
        if time.monotonic() > end:
            names = ", ".join(sorted({f"{n.get_role_name()} “{n.get_name()}”" for n in everything(window()) if n.get_name()}))
            sys.exit(f"there is no {role} “{name}”; there are: {names}")
        time.sleep(0.3)


def main():
    Atspi.init()
    action, *rest = sys.argv[1:]
    if action == "wait":
        wait(*rest)
    elif action == "where":
        box = wait(20, *rest)
        print(box.x, box.y, box.width, box.height)
    elif action == "click":
        box = wait(20, *rest)
        at = [str(box.x + box.width // 2), str(box.y + box.height // 2)]
        subprocess.run(["xdotool", "mousemove", *at, "sleep", "0.2", "click", "1"], check=True)
    elif action == "list":
        for node in everything(window()):
            try:
                box = node.get_extents(Atspi.CoordType.WINDOW)
            except GLib.Error:
                continue
            if node.get_name():
                print(f"{node.get_role_name():16} {box.x:5} {box.y:5} {box.width:5} {box.height:5}  {node.get_name()}")
    else:
        sys.exit(__doc__)


main()
