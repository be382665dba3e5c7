// A Node function's start, as its own runtime goes: load what it is made of, then ask for the event.
const http = require("node:http");
const { Client } = require("pg");
const { S3Client } = require("@aws-sdk/client-s3");

module.exports = { s3: new S3Client({}), Client };
http.get(`http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next`);
