"""As much of S3 as one bucket needs, over HTTP: objects, ranges, parts, signatures (version 4)."""

from __future__ import annotations

import hashlib
import hmac
import re
import socket
from contextlib import suppress
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, quote, unquote, urlsplit

KEY, SECRET = "AKIDEXAMPLEOFATEST", "wJalr/EXAMPLE+secret/of/a/test"
REGION = "eu-west-1"
STAMP = "Mon, 02 Mar 2026 12:00:00 GMT"


class Bucket:
    """A server that keeps what it is sent, and may stop in the middle of it.

    Attributes:
        files: path -> content of every finished object.
        parts: upload -> number -> content, of uploads that are not finished.
        stop_at: after so many parts it is gone, as a machine without current is.
    """

    def __init__(self):
        self.files, self.parts, self.stop_at, self.port = {}, {}, None, 0
        self.start()

    def start(self):
        self.http = _Server(("127.0.0.1", self.port), _Handler)
        self.http.bucket = self
        self.port = self.http.server_address[1]
        self.thread = Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def stop(self):
        self.http.shutdown()
        self.http.cut()
        self.http.server_close()
        self.thread.join()

    @property
    def environment(self):
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *given):
        self.open = set()
        super().__init__(*given)

    def process_request(self, request, address):
        self.open.add(request)
        super().process_request(request, address)

    def cut(self):
        """Take no more, and leave every connection as it is."""
        self.socket.close()
        for each in self.open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        with suppress(OSError):
            return super().handle_one_request()
        self.close_connection = True
        return None

    def do_PUT(self):
        body, path, query = self.read()
        if "uploadId" in query:
            upload = self.bucket.parts[query["uploadId"]]
            if self.bucket.stop_at is not None and len(upload) >= self.bucket.stop_at:
                self.server.cut()
                return
            upload[int(query["partNumber"])] = body
        elif self.signed(body):
            self.bucket.files[path] = body
        self.answer(200)

    def do_GET(self):
        _, path, query = self.read()
        data = self.bucket.files.get(path)
        if not self.signed(b""):
            return
        if "list-type" in query:
            self.list(path.strip("/"), query.get("prefix", ""))
            return
        if data is None:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        first, _, last = self.headers.get("Range", "")[6:].partition("-")
        if not first:
            self.answer(200, data)
            return
        part = data[int(first) : int(last) + 1]
        told = f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"
        self.answer(206, part, Content_Range=told)

    do_HEAD = do_GET  # noqa: N815 -- the name is that of the method of HTTP

    def list(self, bucket, prefix):
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.bucket.files[path])}</Size>"
            '<LastModified>2026-03-02T12:00:00.000Z</LastModified><ETag>"1"</ETag></Contents>'
            for path in sorted(self.bucket.files)
            if (key := path.removeprefix(f"/{bucket}/")).startswith(prefix)
        )
        body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        self.answer(200, body.encode())

    def do_POST(self):
        body, path, query = self.read()
        if not self.signed(body):
            return
        if "uploads" in query:
            upload = f"upload-{len(self.bucket.parts)}"
            self.bucket.parts[upload] = {}
            self.answer(200, self.xml("InitiateMultipartUploadResult", UploadId=upload))
        elif "uploadId" in query:
            parts = self.bucket.parts.pop(query["uploadId"])
            self.bucket.files[path] = b"".join(data for _, data in sorted(parts.items()))
            self.answer(200, self.xml("CompleteMultipartUploadResult", ETag="1"))
        else:
            keys = re.findall("<Key>(.*?)</Key>", body.decode())
            for key in keys:
                self.bucket.files.pop(f"{path.rstrip('/')}/{key}", None)
            gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            self.answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def do_DELETE(self):
        body, path, query = self.read()
        if self.signed(body):
            self.bucket.parts.pop(query.get("uploadId"), None)
            self.bucket.files.pop(path, None)
            self.answer(204)

    @property
    def bucket(self):
        return self.server.bucket

    def read(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        return body, unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True))

    def xml(self, name, **values):
        inner = "".join(f"<{key}>{value}</{key}>" for key, value in values.items())
        bucket, _, key = urlsplit(self.path).path.lstrip("/").partition("/")
        return f"<{name}><Bucket>{bucket}</Bucket><Key>{key}</Key>{inner}</{name}>".encode()

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"ETag": '"1"', "Last-Modified": STAMP, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def signed(self, body):
        """Say whether the request is signed with the bucket's secret; else answer as S3 does."""
        told = dict(re.findall(r"(\w+)=([^, ]+)", self.headers.get("Authorization", "")))
        key, *scope = told.get("Credential", "").split("/")
        code = "InvalidAccessKeyId"
        if key == KEY:
            code = "SignatureDoesNotMatch"
            hashed = self.headers["x-amz-content-sha256"]
            parts = urlsplit(self.path)
            asked = sorted(parse_qsl(parts.query, keep_blank_values=True))
            names = told["SignedHeaders"].split(";")
            canonical = [
                self.command,
                parts.path,
                "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in asked),
                *(f"{name}:{self.headers[name].strip()}" for name in names),
                "",
                ";".join(names),
                hashed,
            ]
            whole = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
            words = ["AWS4-HMAC-SHA256", self.headers["x-amz-date"], "/".join(scope), whole]
            secret = b"AWS4" + SECRET.encode()
            for word in [*scope, "\n".join(words)]:
                secret = hmac.digest(secret, word.encode(), "sha256")
            right = hashed in {"UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()}
            right = right and scope[1:] == [REGION, "s3", "aws4_request"]
            if right and secret.hex() == told["Signature"]:
                return True
        told = f"<Code>{code}</Code><Message>No.</Message><AWSAccessKeyId>{key}</AWSAccessKeyId>"
        self.answer(403, f"<Error>{told}</Error>".encode())
        return False
