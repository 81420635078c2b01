"""A schema registry of the tests: the five calls that a client of ours or of Confluent's makes, and failures on demand.

It keeps what the real one promises and a client rests on: ids never change, the same schema has one id, a subject refuses a schema that
cannot read its last one (here: another record name), unknown ids are 40403. Not the real thing: no storage, no references.
"""
import http.server
import json
import re
import threading

MEDIA = "application/vnd.schemaregistry.v1+json"


class Registry:
    def __init__(self, port):
        self.schemas, self.subjects, self.calls = {}, {}, []  # text by id; ids by subject; (method, path) of each call
        self.mode = "up"  # up; error: 503; silent: takes connections and never answers
        self.closed = threading.Event()
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0") or 0))
                registry.calls.append((self.command, self.path))
                if registry.mode == "silent":
                    registry.closed.wait(15)
                code, value = (503, {"error_code": 50003, "message": "no leader"}) if registry.mode != "up" else registry.handle(
                    self.command, self.path.split("?")[0], body)
                data = json.dumps(value).encode()
                try:
                    self.send_response(code)
                    self.send_header("Content-Type", MEDIA)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass  # who asked has gone

            do_GET = do_POST = do_PUT = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def register(self, subject, text):
        canonical = json.dumps(json.loads(text), sort_keys=True)
        ids = self.subjects.setdefault(subject, [])
        if ids and json.loads(self.schemas[ids[-1]])["name"] != json.loads(text)["name"]:
            return None
        number = next((i for i, known in self.schemas.items() if json.dumps(json.loads(known), sort_keys=True) == canonical), None)
        if number is None:
            number = 100 + len(self.schemas)
            self.schemas[number] = text
        if number not in ids:
            ids.append(number)
        return number

    def handle(self, method, path, body):
        match = re.fullmatch(r"/subjects/([^/]+)/versions", path)
        if match and method == "POST":
            try:
                text = json.loads(body)["schema"]
                json.loads(text)
            except (ValueError, KeyError):
                return 422, {"error_code": 42201, "message": "Invalid schema"}
            number = self.register(match.group(1), text)
            return (200, {"id": number}) if number is not None else (409, {"error_code": 40901, "message": "Schema being registered is incompatible"})
        match = re.fullmatch(r"/schemas/ids/(\d+)", path)
        if match and method == "GET":
            text = self.schemas.get(int(match.group(1)))
            return (200, {"schema": text}) if text else (404, {"error_code": 40403, "message": "Schema not found"})
        match = re.fullmatch(r"/subjects/([^/]+)/versions/latest", path)
        if match and method == "GET" and self.subjects.get(match.group(1)):
            ids = self.subjects[match.group(1)]
            return 200, {"subject": match.group(1), "version": len(ids), "id": ids[-1], "schema": self.schemas[ids[-1]]}
        match = re.fullmatch(r"/subjects/([^/]+)", path)
        if match and method == "POST":
            text = json.loads(body)["schema"]
            for version, number in enumerate(self.subjects.get(match.group(1), []), 1):
                if json.loads(self.schemas[number]) == json.loads(text):
                    return 200, {"subject": match.group(1), "version": version, "id": number, "schema": text}
            return 404, {"error_code": 40403, "message": "Schema not found"}
        if re.fullmatch(r"/config(/[^/]+)?", path) and method == "GET":
            return 200, {"compatibilityLevel": "BACKWARD"}
        return 404, {"error_code": 40401, "message": "Subject not found"}

    def close(self):
        self.closed.set()
        self.server.shutdown()
        self.server.server_close()
