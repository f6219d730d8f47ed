#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# wasm2so serve from outside: the routes of both kinds of guests, what is wrong with requests and
# guests, limits, the end.
#   usage: test.py WASM2SO CLANG      exit code 77: skipped
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from urllib.parse import quote

from build import build_guest, build_program, library_missing
from server import Server, read_all, wait_until

WASM2SO, CLANG = sys.argv[1:3]
WORK = tempfile.TemporaryDirectory()
LOOP = b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nloop='
LOST = b'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n'


def serve(module, *options):
    return Server(WASM2SO, os.path.join(WORK.name, module), *options)


class Serving(unittest.TestCase):
    module, options = 'guest.so', ()

    @classmethod
    def setUpClass(cls):
        cls.server = serve(cls.module, *cls.options)

    @classmethod
    def tearDownClass(cls):
        code, _, said = cls.server.stop()
        assert code == 0, said

    def check(self, answer, status, text):
        self.assertEqual((answer.status, answer.text()), (status, text))

    def check_says(self, answer, status, text):
        self.assertEqual(answer.status, status)
        self.assertIn(text, answer.text())


class Routes(Serving):
    def test_form(self):
        for method in 'GET', 'POST', 'PUT':
            answer = self.server.request(method, '/any/path', 'name=foo')
            self.check(answer, 200, 'true')
            self.assertEqual(answer.headers['Content-Length'], '4')
        self.check(self.server.ask('name=foo1'), 200, 'false')
        self.check(self.server.ask('name=foo\r\n'), 200, 'true')
        self.check(self.server.ask('echo=a+b%26%C3%A9%'), 200, 'a b&é%')
        self.check(self.server.ask('echo='), 200, '')

    def test_key(self):
        for word, found in ('bar', 'true'), ('foo_x', 'false'):
            self.check(self.server.request(path='/?key=' + quote('{"name":"%s"}' % word)), 200, found)
        self.check(self.server.request(path='/p?a=1&key=' + quote('{"echo":"\\u00e9 +"}')), 200, 'é +')

    def test_json_and_messagepack(self):
        ask = self.server.request
        self.check(ask('POST', '/', '{"name":"foo"}', {'Content-Type': 'application/json'}), 200, 'true')
        self.check(ask('POST', '/', b'\x81\xa4name\xa3foo', {'Content-Type': 'application/msgpack'}),
                   200, 'true')

    def test_bad_requests(self):
        self.check_says(self.server.request(), 400, 'neither')
        self.check_says(self.server.ask('novalue'), 400, 'NAME=VALUE')
        self.check_says(self.server.request(path='/?key={'), 400, 'not JSON')
        self.check_says(self.server.request(path='/?key=' + '[' * 5000), 400, 'not JSON')
        self.check_says(self.server.request(path='/a%00b?key=1'), 400, 'NUL')

    def test_guest_errors(self):
        self.check(self.server.ask('fail=1'), 500, 'the guest reports an error: MSG\n')
        self.check(self.server.ask('trap=1'), 500, 'the guest trapped: unreachable\n')
        self.check_says(self.server.ask('deep=1'), 500, 'the guest trapped')

    def test_each_request_has_a_fresh_guest(self):
        for _ in range(20):
            self.check(self.server.ask('state='), 200, '10')
            self.server.ask('trap=1')
            self.server.ask('grow=1')

    def test_head(self):
        answer = self.server.request('HEAD', '/?key=' + quote('{"name":"bar"}'))
        self.check(answer, 200, '')
        self.assertEqual(answer.headers['Content-Length'], '4')

    def test_keep_alive(self):
        one = b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nname=foo'
        said = self.server.raw(2 * one + one.replace(b'Host', b'Connection: close\r\nHost'))
        self.assertEqual(said.count(b'\r\n\r\ntrue'), 3, said)

    def test_own_pages(self):
        self.check(self.server.request(path='/healthz'), 200, 'ok\n')
        self.check(self.server.request(path='/readyz'), 200, 'ready\n')
        before = self.server.metric('requests_total{code="200"}') or 0
        traps = self.server.metric('traps_total')
        self.server.ask('name=foo')
        self.server.ask('trap=')
        self.assertEqual(self.server.metric('requests_total{code="200"}'), before + 1)
        self.assertEqual(self.server.metric('traps_total'), traps + 1)
        self.assertEqual(self.server.metric('instances_busy'), 0)

    def test_malformed_http(self):
        server = serve('guest.so', '--client-timeout', '1000') # some of it is the start of something
        for sent in (b'\r\n\r\n', b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'\x16\x03\x01\x00\xee',
                     b'GET / HTTP/1.1\r\n\r\n', b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
                     b'GET / HTTP/1.1\r\nHost: x\r\nA: ' + b'a' * 100000 + b'\r\n\r\n',
                     b'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'):
            said = server.raw(sent)
            self.assertNotIn(b' 200 ', said[:20], sent)
        self.assertEqual(server.stop()[0], 0)


class Formats(unittest.TestCase):
    def answer(self, form, *options):
        server = serve('guest.so', *options)
        answer = server.ask(form)
        self.assertEqual(server.stop()[0], 0)
        return answer.status, answer.body, answer.headers['Content-Type']

    def test_node(self):
        self.assertEqual(self.answer('name=foo', '--format', 'node')[:2], (200, b'result=true'))

    def test_raw(self):
        self.assertEqual(self.answer('name=foo', '--format', 'raw'),
                         (200, b'\xa4true', 'text/plain; charset=utf-8'))

    def test_operation(self):
        status, body, _ = self.answer('name=foo', '--operation', 'other')
        self.assertEqual((status, b'No handler' in body), (500, True))


class Limits(Serving):
    options = ('--max-body', '1000', '--max-answer', '100', '--max-memory', '2M',
               '--client-timeout', '3600000')

    # On a busy machine an honest request may be late as well.
    def test_time(self):
        server = serve('guest.so', '--timeout', '300')
        self.check_says(server.ask('loop='), 504, 'too long')
        while (answer := server.ask('name=foo')).status == 504:
            pass
        self.check(answer, 200, 'true')
        self.assertEqual(server.stop()[0], 0)

    def test_sizes(self):
        self.check_says(self.server.ask('echo=' + 'x' * 1000), 413, 'larger than 1000')
        chunks = self.server.request('POST', '/', iter([b'echo=', b'x' * 2000]))
        self.check_says(chunks, 413, 'larger than 1000')
        self.check_says(self.server.ask('echo=' + 'x' * 200), 500, 'too large')
        self.check_says(self.server.ask('grow='), 500, 'no memory')

    # A byte now and then is not silence, and still too slow.
    def test_slow_clients(self):
        server = serve('guest.so', '--client-timeout', '1000')
        for sent in LOST[:-5], LOST:
            with server.connect(sent) as connection:
                connection.settimeout(0.1)
                self.assertTrue(wait_until(lambda: self.closed_after_a_byte(connection)))
        self.assertEqual(server.stop()[0], 0)

    def closed_after_a_byte(self, connection):
        try:
            connection.send(b'a')
            return connection.recv(1000) == b''
        except TimeoutError:
            return False
        except OSError:
            return True

    def test_clients_that_go_away(self):
        before = self.server.descriptors()
        for _ in range(20):
            self.server.connect(LOST).close()
            self.server.connect(LOST[:20]).close()
        self.assertTrue(wait_until(lambda: self.server.descriptors() <= before))


class Commands(Serving):
    module = 'program.so'

    @classmethod
    def setUpClass(cls):
        data = os.path.join(WORK.name, 'data')
        os.mkdir(data)
        with open(os.path.join(data, 'secret.txt'), 'w') as file:
            file.write('hush')
        cls.server = serve(cls.module, '--max-answer', '100K', '--dir', data + '::data:ro', '--env', 'GREETING=hello')

    def test_variables(self):
        answer = self.server.request('PUT', '/a%20b?x=1&y=%20', 'the body',
                                     {'X-One': '1', 'Proxy': 'evil', 'A_B': '1', 'Content-Type': 'a/b'})
        lines = answer.text().split('\n')
        for line in ('GREETING=hello', 'REQUEST_METHOD=PUT', 'PATH_INFO=/a b', 'QUERY_STRING=x=1&y=%20',
                     'REQUEST_URI=/a%20b?x=1&y=%20', 'HTTP_X_ONE=1', 'CONTENT_TYPE=a/b',
                     'CONTENT_LENGTH=8', 'SERVER_PORT=%d' % self.server.port, 'REMOTE_ADDR=127.0.0.1',
                     'GATEWAY_INTERFACE=CGI/1.1', 'the body'):
            self.assertIn(line, lines)
        self.assertNotIn('evil', answer.text())
        self.assertNotIn('HTTP_A_B', answer.text())
        self.assertEqual(answer.headers['Content-Type'], 'text/plain; charset=utf-8')

    def test_joined_headers(self):
        said = self.server.raw(b'GET / HTTP/1.0\r\nX-A: 1\r\nX-A: 2\r\n\r\n')
        self.assertIn(b'\nHTTP_X_A=1, 2\n', said)

    def test_header_block(self):
        body = os.urandom(50000)
        answer = self.server.request('POST', '/echo', body)
        self.assertEqual((answer.status, answer.body), (200, body))
        self.assertEqual(answer.headers['X-Method'], 'POST')
        self.assertEqual(answer.headers['Content-Length'], '50000')
        answer = self.server.request(path='/missing?x')
        self.check(answer, 404, '<p>no x</p>')
        self.assertEqual(answer.headers['Content-Type'], 'text/html')
        answer = self.server.request(path='/moved')
        self.assertEqual((answer.status, answer.headers['Location']), (302, '/echo'))

    def test_ends(self):
        self.check(self.server.request(path='/exit'), 200, 'all')
        self.check(self.server.request(path='/trap'), 500, 'the guest trapped: unreachable\n')
        self.check(self.server.request(path='/fail'), 500, 'the guest exited with status 3\n')
        self.check_says(self.server.request(path='/flood'), 500, 'too large')
        self.check_says(self.server.request(path='/file'), 200, 'hush')

    def test_time(self):
        server = serve(self.module, '--timeout', '300')
        for path in '/loop', '/sleep':
            self.check_says(server.request(path=path), 504, 'too long')
        self.assertEqual(server.stop()[0], 0)


# Guests that cannot be interrupted: the server starts anew.
class Restarts(unittest.TestCase):
    def ask_until_there(self, server):
        while True:
            try:
                answer = server.ask('name=foo')
                if answer.status != 504: # late, and stopped, on a busy machine
                    return answer
            except ConnectionError:
                pass # accepted by the server that ended

    def restart(self, module, loop, *options):
        server = serve(module, '--timeout', '300', '--access-log', *options)
        for _ in range(2):
            with server.connect(loop) as connection, server.connect(loop) as other:
                self.assertIn(b' 504 ', read_all(connection))
                self.assertIn(read_all(other)[9:12], (b'504', b'503', b'')) # maybe not begun
        alive = server.process.poll() is None
        return server, alive

    def test_wapc(self):
        for options in ('--instances', '1'), ():
            server, alive = self.restart('guest-plain.so', LOOP, *options)
            self.assertEqual(self.ask_until_there(server).text(), 'true')
            code, out, said = server.stop()
            self.assertEqual((alive, code), (True, 0), said)
            self.assertGreaterEqual(out.count(' 504 '), 2)
            self.assertGreaterEqual(said.count('starting anew'), 2)
            self.assertIn('compiled without --interruptible', said)

    def test_requests_in_progress_are_finished(self):
        server = serve('guest-plain.so', '--timeout', '1000', '--instances', '4')
        answers, said = set(), None
        with server.connect(LOOP) as loop:
            while not said:
                try:
                    answers.add(server.ask('spin=1').status)
                except ConnectionError:
                    pass # accepted by the server that ended
                said = server.process.stderr.read()
            self.assertIn(b'starting anew', said)
            self.assertIn(b' 504 ', read_all(loop))
        self.assertLessEqual(answers, {200, 503, 504})
        self.assertEqual(server.stop()[0], 0)


class Ends(unittest.TestCase):
    def test_requests_in_progress_are_finished(self):
        server = serve('guest.so', '--instances', '1', '--access-log')
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(server.ask('spin=1').text()))
                   for _ in range(10)]
        for thread in threads:
            thread.start()
        # A fast machine may have answered all of them before it is asked.
        wait_until(lambda: server.metric('queue_waiting') > 0 or len(answers) == len(threads))
        idle = server.connect()
        code, out, said = server.stop()
        for thread in threads:
            thread.join()
        idle.close()
        self.assertEqual(code, 0, said)
        self.assertGreater(answers.count('1'), 0)
        self.assertEqual(out.count(' POST / 200 '), answers.count('1'))

    def test_what_does_not_end_is_interrupted(self):
        server = serve('guest.so', '--timeout', '3600000', '--grace', '200')
        connection = server.connect(LOOP)
        wait_until(lambda: server.metric('instances_busy') == 1)
        code, _, said = server.stop()
        connection.close()
        self.assertEqual(code, 1)
        self.assertIn('interrupted', said)

    # They loop until the server ends: whatever the machine does, two are at work and one waits.
    def test_too_many(self):
        server = serve('guest.so', '--timeout', '3600000', '--grace', '200', '--instances', '2', '--queue', '1')
        busy = [server.connect(LOOP) for _ in range(3)]
        self.assertTrue(wait_until(lambda: server.metric('instances_busy') == 2
                                   and server.metric('queue_waiting') == 1))
        answer = server.ask('name=foo')
        self.assertEqual((answer.status, answer.headers['Retry-After']), (503, '1'))
        self.assertIn('too many', answer.text())
        self.assertEqual(server.request(path='/readyz').status, 503)
        self.assertEqual(server.request(path='/healthz').status, 200)
        code, _, said = server.stop()
        self.assertEqual(code, 1, said)
        for connection in busy:
            connection.close()

    def test_modules_that_cannot_be_served(self):
        for text, why in (('(module)', 'neither __guest_call'),
                          ('(module (import "a" "b" (func)) (func (export "_start")))', 'unknown import'),
                          ('(module (func (export "_start") (param i32)))', '_start has no parameters'),
                          ('(module (func (export "__guest_call")))', 'no waPC guest')):
            with open(os.path.join(WORK.name, 'bad.wat'), 'w') as file:
                file.write(text)
            run = subprocess.run([WASM2SO, 'serve', file.name, '--listen', '127.0.0.1:0'],
                                 capture_output=True, text=True)
            self.assertEqual(run.returncode, 1)
            self.assertIn(why, run.stderr)

    def test_address_in_use(self):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            address = '127.0.0.1:%d' % taken.getsockname()[1]
            run = subprocess.run([WASM2SO, 'serve', os.path.join(WORK.name, 'guest.so'),
                                  '--listen', address], capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn('cannot listen', run.stderr)

    # As systemd starts a service: the socket is descriptor 3.
    def test_socket_activation(self):
        with socket.create_server(('127.0.0.1', 0)) as given:
            script = 'exec 3<&%d; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"' % given.fileno()
            process = subprocess.Popen(['bash', '-c', script, 'sh', WASM2SO, 'serve',
                                        os.path.join(WORK.name, 'guest.so'), '--listen', 'unix:/nowhere/at/all'],
                                       pass_fds=[given.fileno()], stderr=subprocess.PIPE)
            address = given.getsockname()
        with socket.create_connection(address) as connection:
            connection.sendall(b'GET /healthz HTTP/1.0\r\n\r\n')
            self.assertIn(b'ok', read_all(connection))
        process.terminate()
        self.assertEqual(process.wait(), 0)
        process.stderr.close()

    def test_unix_socket(self):
        path = os.path.join(WORK.name, 'socket')
        process = subprocess.Popen([WASM2SO, 'serve', os.path.join(WORK.name, 'guest.so'),
                                    '--listen', 'unix:' + path], stderr=subprocess.PIPE)
        process.stderr.readline()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            connection.sendall(b'GET /healthz HTTP/1.0\r\n\r\n')
            self.assertIn(b'ok', read_all(connection))
        process.terminate()
        self.assertEqual(process.wait(), 0)
        process.stderr.close()


def main():
    missing = library_missing(WASM2SO)
    if missing:
        print('serve: skipped: ' + missing)
        return 77
    os.environ['XDG_CACHE_HOME'] = WORK.name
    build_guest(WASM2SO, CLANG, WORK.name)
    if not build_program(WASM2SO, CLANG, WORK.name):
        del globals()['Commands']
        print('serve: skipped: WASI commands: no clang for wasm32-wasi')
    return 0 if unittest.main(argv=sys.argv[:1] + sys.argv[3:], exit=False).result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main())
