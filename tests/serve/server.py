# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A server under test: starts `wasm2so serve` on a free port, speaks HTTP to it (http.client, or bytes
# over a plain socket), looks at its process, and stops it.
import http.client
import os
import re
import signal
import socket
import subprocess
import time


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def text(self):
        return self.body.decode('utf-8', 'replace')


class Server:
    def __init__(self, wasm2so, module, *options):
        self.process = subprocess.Popen(
            [wasm2so, 'serve', module, '--listen', '127.0.0.1:0', *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.said = b''
        while True:
            line = self.process.stderr.readline()
            self.said += line
            found = re.search(rb'http://127\.0\.0\.1:(\d+)', line)
            if found:
                break
            if not line:
                raise RuntimeError('the server did not start: ' + self.said.decode())
        self.port = int(found.group(1))
        os.set_blocking(self.process.stderr.fileno(), False)

    def request(self, method='GET', path='/', body=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def ask(self, form):
        return self.request('POST', '/', form)

    def connect(self, sent=b''):
        connection = socket.create_connection(('127.0.0.1', self.port))
        connection.sendall(sent)
        return connection

    # What comes back for these bytes until the server closes the connection.
    def raw(self, sent):
        with self.connect(sent) as connection:
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass # the server was faster
            return read_all(connection)

    def metric(self, name):
        found = re.search(r'^wasm2so_%s (\S+)$' % re.escape(name),
                          self.request(path='/metrics').text(), re.M)
        return float(found.group(1)) if found else None

    def descriptors(self):
        return len(os.listdir('/proc/%d/fd' % self.process.pid))

    def resident(self):
        with open('/proc/%d/statm' % self.process.pid) as file:
            return int(file.read().split()[1]) * os.sysconf('SC_PAGESIZE')

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    # Its exit code, what it printed and what it complained about.
    def wait(self):
        os.set_blocking(self.process.stderr.fileno(), True)
        out, err = self.process.communicate()
        return self.process.returncode, out.decode(), (self.said + err).decode('utf-8', 'replace')

    def stop(self):
        self.terminate()
        return self.wait()


def read_all(connection):
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b''.join(parts)


# However slow the machine is: the limit is for what will never come.
def wait_until(condition, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
