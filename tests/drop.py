"""Drops files on a window by the XDND protocol, as a file manager does.

usage: drop.py WINDOW_NAME FILE...
"""
import pathlib
import sys
import time

from Xlib import X, display
from Xlib.protocol import event

name, files = sys.argv[1], sys.argv[2:]
server = display.Display()
root = server.screen().root
atom = server.intern_atom
uris = "".join(pathlib.Path(file).resolve().as_uri() + "\r\n" for file in files).encode()


def named(window):
    if window.get_wm_name() == name:
        return window
    return next((found for child in window.query_tree().children if (found := named(child))), None)


target = named(root)
if target is None:
    sys.exit(f"there is no window called {name}")
source = root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
source.set_selection_owner(atom("XdndSelection"), X.CurrentTime)


def send(kind, *data):
    message = event.ClientMessage(window=target, client_type=atom(kind), data=(32, [source.id, *data]))
    target.send_event(message, event_mask=0)
    server.flush()


size, corner = target.get_geometry(), target.translate_coords(root, 0, 0)
x, y = abs(corner.x) + size.width // 2, abs(corner.y) + size.height // 2
send("XdndEnter", 5 << 24, atom("text/uri-list"), 0, 0)
send("XdndPosition", 0, x << 16 | y, X.CurrentTime, atom("XdndActionCopy"))
end, dropped = time.time() + 60, False
while time.time() < end:
    if not server.pending_events():
        time.sleep(0.02)
        continue
    got = server.next_event()
    if got.type == X.SelectionRequest:
        got.requestor.change_property(got.property, got.target, 8, uris)
        answer = event.SelectionNotify(
            time=got.time,
            requestor=got.requestor,
            selection=got.selection,
            target=got.target,
            property=got.property,
        )
        got.requestor.send_event(answer)
        server.flush()
    elif got.type == X.ClientMessage:
        kind = server.get_atom_name(got.client_type)
        if kind == "XdndStatus" and not dropped:
            dropped = True
            send("XdndDrop", 0, X.CurrentTime, 0, 0)
        elif kind == "XdndFinished":
            sys.exit(0)
sys.exit("the window did not take the drop")
