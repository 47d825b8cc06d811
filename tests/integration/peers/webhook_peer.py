"""A real HTTP server for tests: keeps every POST as one JSON line.

usage: webhook_peer.py PORT RECEIVED.jsonl [--cert FILE --key FILE]
Prints the port once it listens. Paths: /ok 200; /busy 503 with Retry-After the first two times, then 200; /code NNN as
in /code/404; /errcode 200 with {"errcode":310000} the first time, then 0; /slow never answers; /redirect 302 to /ok.
"""
import argparse
import http.server
import json
import os
import ssl
import threading
import time

lock = threading.Lock()
counts = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
        with lock:
            n = counts[self.path] = counts.get(self.path, 0) + 1
            with open(args.received, "a", encoding="utf-8") as out:
                out.write(json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
                                      "body": json.loads(body), "raw": body}, ensure_ascii=False) + "\n")
                out.flush()
                os.fsync(out.fileno())
        if self.path == "/slow":
            time.sleep(60)
        status, headers, answer = 200, {}, b"{}"
        if self.path == "/busy" and n <= 2:
            status, headers = 503, {"Retry-After": "1"}
        elif self.path.startswith("/code/"):
            status, answer = int(self.path[6:]), b"because I say so"
        elif self.path == "/errcode":
            answer = b'{"errcode":310000,"errmsg":"keywords not in content"}' if n == 1 else b'{"errcode":0}'
        elif self.path == "/redirect":
            status, headers = 302, {"Location": "/ok"}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("received")
parser.add_argument("--cert")
parser.add_argument("--key")
args = parser.parse_args()
server = http.server.ThreadingHTTPServer(("127.0.0.1", args.port), Handler)
server.daemon_threads = True
if args.cert:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(args.cert, args.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
