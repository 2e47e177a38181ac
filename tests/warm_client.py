"""Hand a command to warm_python.py with this process's folder, environment and files, and end as it ends."""

import json
import os
import socket
import sys

link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
link.connect(sys.argv[1])
message = json.dumps([os.getcwd(), sys.argv[2:], dict(os.environ)])
socket.send_fds(link, [message.encode()], [0, 1, 2])
code = int(link.recv(16))
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
