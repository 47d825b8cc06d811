#!/usr/bin/env python3
"""What the demo needs around it, on loopback only: `portal PORT` is the dummy service that gets broken,
`hook PORT FILE` takes notifications and appends a line for each: who, what."""
import http.server
import json
import sys

PAGE = "<!doctype html><meta charset=utf-8><title>办公门户</title><h1>办公门户</h1>".encode()


class Portal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


class Hook(Portal):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        with open(sys.argv[3], "a", encoding="utf-8") as out:
            out.write(f"{body['person']:<9} {body['subject']}\n")
        self.send_response(204)
        self.end_headers()


handler = {"portal": Portal, "hook": Hook}[sys.argv[1]]
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), handler).serve_forever()
