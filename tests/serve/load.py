#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Load on `wasm2so serve`, of the kind that servers meet: clients that go away in the middle, send
# rubbish, or are slow; guests that trap, loop, grow and fail; and among them requests that carry a
# number of their own, which the guest sends back. The server must survive, answer each with its own
# number, and end with the descriptors and the memory that it had.
#   usage: load.py WASM2SO CLANG [SECONDS [SEED]]      exit code 77: skipped
import collections
import os
import random
import socket
import sys
import tempfile
import threading
import time

from build import build_guest, build_program, library_missing
from server import Server, read_all, wait_until

THREADS = 8
TIMEOUT_MS = 100  # may end any request on a busy machine: 504 is never wrong
MEMORY_SLACK = 16 << 20  # what malloc's arenas and a warm pool may come to hold

HEAD = b'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n'


def post(body):
    return HEAD % len(body) + body


class Wrong(Exception):
    pass


# One answer on a kept-alive connection: status and body.
def read_answer(stream):
    status = stream.readline().split(b' ')
    if len(status) < 2:
        raise Wrong('no answer: %r' % status)
    size = 0
    while (line := stream.readline()) not in (b'\r\n', b''):
        if line.lower().startswith(b'content-length:'):
            size = int(line.split(b':')[1])
    return int(status[1]), stream.read(size)


class Load:
    def __init__(self, server, wapc, seconds, seed):
        self.server, self.wapc, self.seed = server, wapc, seed
        self.end = time.monotonic() + seconds
        self.counts = collections.Counter()
        self.wrong = []

    # ---- what clients do ----

    def echo_form(self, nonce):
        return b'echo=' + nonce if self.wapc else nonce

    def expect(self, stream, statuses, body=None):
        status, got = read_answer(stream)
        self.counts[status] += 1
        if status not in (*statuses, 504) or (status == 200 and body is not None and got != body):
            raise Wrong('%d %r, expected %s %r' % (status, got[:200], statuses, body))

    def polite(self, rng):
        with self.server.connect() as connection, connection.makefile('rb') as stream:
            for _ in range(rng.randrange(1, 20)):
                nonce = b'%016x' % rng.getrandbits(64) * rng.choice((1, 1, 1, 200))
                connection.sendall(post(self.echo_form(nonce)))
                self.expect(stream, (200, 503), nonce)

    # Several requests at once; the answers come in order.
    def pipelined(self, rng):
        nonces = [b'%016x' % rng.getrandbits(64) for _ in range(8)]
        with self.server.connect() as connection, connection.makefile('rb') as stream:
            connection.sendall(b''.join(post(self.echo_form(nonce)) for nonce in nonces))
            for nonce in nonces:
                self.expect(stream, (200, 503), nonce)

    def state(self, rng):
        if not self.wapc:
            return self.polite(rng)
        with self.server.connect() as connection, connection.makefile('rb') as stream:
            connection.sendall(post(b'state='))
            self.expect(stream, (200, 503), b'10')

    def bad_guest(self, rng):
        verb = rng.choice((b'trap', b'deep', b'grow', b'fail', b'loop'))
        request = post(verb + b'=1')
        if not self.wapc:
            verb = rng.choice((b'trap', b'fail', b'loop', b'sleep', b'flood'))
            request = b'GET /%s HTTP/1.1\r\nHost: x\r\n\r\n' % verb
        with self.server.connect() as connection, connection.makefile('rb') as stream:
            connection.sendall(request)
            self.expect(stream, (503,) if verb in (b'loop', b'sleep') else (200, 500, 503))

    # Goes away somewhere between the first byte and the answer, sometimes with a reset.
    def killed(self, rng):
        request = rng.choice((post(self.echo_form(b'x' * 5000)), post(b'loop='), post(b'spin=1')))
        connection = self.server.connect(request[:rng.randrange(len(request) + 1)])
        if rng.random() < 0.5:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        time.sleep(rng.choice((0, 0, 0.001, 0.05)))
        connection.close()

    def rubbish(self, rng):
        request = bytearray(post(self.echo_form(b'nonce')))
        for _ in range(rng.randrange(1, 6)):
            request[rng.randrange(len(request))] = rng.randrange(256)
        with self.server.connect(bytes(request)) as connection:
            connection.settimeout(0.2)
            try:
                connection.recv(65536)
            except OSError:
                pass

    def slow(self, rng):
        request = post(self.echo_form(b'slowly'))
        with self.server.connect() as connection, connection.makefile('rb') as stream:
            for i in range(0, len(request), 8):
                connection.sendall(request[i:i + 8])
                time.sleep(rng.random() * 0.02)
            self.expect(stream, (200, 503), b'slowly')

    # Asks for much and reads none of it for a while.
    def slow_reader(self, rng):
        nonce = b'%08x' % rng.getrandbits(32) * 1000
        with self.server.connect() as connection:
            connection.sendall(post(self.echo_form(nonce)) * 20)
            time.sleep(rng.random() * 0.1)
            connection.shutdown(socket.SHUT_WR)
            said = read_all(connection)
        if said.count(nonce) != said.count(b' 200 OK'):
            raise Wrong('an answer without its number')

    # ---- all of them ----

    def client(self, number):
        rng = random.Random(self.seed * 1000 + number)
        kinds = 6 * [self.polite] + 2 * [self.pipelined] + 2 * [self.state] + [
            self.bad_guest, self.killed, self.killed, self.rubbish, self.slow, self.slow_reader]
        while time.monotonic() < self.end and not self.wrong:
            kind = rng.choice(kinds)
            try:
                kind(rng)
                self.counts[kind.__name__] += 1
            except Exception as error:  # pylint: disable=broad-except
                self.wrong.append('%s: %r' % (kind.__name__, error))

    def run(self):
        threads = [threading.Thread(target=self.client, args=(i,)) for i in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.wrong


def idle(server):
    return (server.metric('instances_busy') == 0 and server.metric('queue_waiting') == 0
            and server.metric('connections') == 1)


def measure(server):
    if not wait_until(lambda: idle(server)):
        return None
    return server.descriptors(), server.resident()


# Complaints about a server under load for that long, a list.
def check(wasm2so, module, wapc, seconds, seed):
    server = Server(wasm2so, module, '--timeout', str(TIMEOUT_MS), '--client-timeout', '60000',
                    '--instances', '4', '--queue', '16', '--max-memory', '64M', '--max-answer', '1M')
    drain = threading.Thread(target=lambda: drop_output(server))
    drain.start()
    load = Load(server, wapc, seconds / 4, seed)
    wrong = load.run()
    before = measure(server)
    load.end, load.seed = time.monotonic() + seconds * 3 / 4, seed + 1
    wrong = wrong or load.run()
    after = measure(server)
    # A socket is closed a little after its connection is no longer counted.
    at_rest = wait_until(lambda: before and server.descriptors() <= before[0])
    alive = server.process.poll() is None
    server.terminate()
    code = server.process.wait()
    drain.join()
    print('%s: %s' % (os.path.basename(module), dict(sorted(load.counts.items(), key=str))))
    print('descriptors and bytes resident: %s, then %s' % (before, after))
    if not load.counts[200]:
        wrong.append('no request was answered')
    if not alive or code != 0:
        wrong.append('the server ended with %d' % code)
    if not before or not after:
        wrong.append('the server does not come to rest')
    elif not at_rest:
        wrong.append('descriptors have leaked')
    elif after[1] > before[1] + MEMORY_SLACK and 'W2S_SANITIZED' not in os.environ:
        wrong.append('memory has leaked')
    return wrong


def drop_output(server):
    os.set_blocking(server.process.stderr.fileno(), True)
    while server.process.stderr.read(65536):
        pass


def main():
    wasm2so, clang = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 4
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else int(time.time())
    missing = library_missing(wasm2so)
    if missing:
        print('serve: skipped: ' + missing)
        return 77
    with tempfile.TemporaryDirectory() as work:
        build_guest(wasm2so, clang, work)
        kinds = [('guest.so', True)]
        if build_program(wasm2so, clang, work):
            kinds.append(('program.so', False))
        print('seed %d' % seed)
        wrong = []
        for module, wapc in kinds:
            wrong += check(wasm2so, os.path.join(work, module), wapc, seconds / len(kinds), seed)
    for text in wrong:
        print('FAILED: ' + text)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
