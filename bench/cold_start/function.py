"""A Python function's start, as its own runtime goes: load what it is made of, then ask for the event."""

import http.client
import os

import boto3
import psycopg

s3, connect = boto3.client("s3"), psycopg.connect
runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
runtime.request("GET", "/2018-06-01/runtime/invocation/next")
runtime.getresponse()
