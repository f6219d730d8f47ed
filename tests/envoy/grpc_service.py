# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The gRPC service behind Envoy in examples/envoy/test.sh: svc/once and svc/root send the message
back, svc/many each of a stream with metadata before and after, svc/fail says NOT_FOUND.

usage: grpc_service.py PORT      (with the package grpcio)
"""
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc


def once(message, context):
    for key, value in context.invocation_metadata():
        if key == "x-meta":
            return message + b" " + value.encode()
    return message


def many(messages, context):
    context.send_initial_metadata([("x-a", "1")])
    context.set_trailing_metadata([("x-b", "2")])
    yield from messages


def fail(message, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "not there%")


server = grpc.server(ThreadPoolExecutor(4))
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("svc", {
    "once": grpc.unary_unary_rpc_method_handler(once),
    "root": grpc.unary_unary_rpc_method_handler(once),
    "fail": grpc.unary_unary_rpc_method_handler(fail),
    "many": grpc.stream_stream_rpc_method_handler(many),
})])
server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
server.start()
server.wait_for_termination()
