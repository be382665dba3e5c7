// Signs what test_dsql_signer_oracle.py asks for with @aws-sdk/dsql-signer: one JSON object a line
// on stdin, {"token"} a line on stdout. The signer takes no date, so the clock stands still.
"use strict";
const readline = require("node:readline");
const { DsqlSigner } = require("@aws-sdk/dsql-signer");

const RealDate = Date;

function freeze(seconds) {
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [seconds * 1000] : parts));
    }
    static now() {
      return seconds * 1000;
    }
  };
}

async function makeToken(request) {
  freeze(request.time);
  const signer = new DsqlSigner({
    hostname: request.host,
    region: request.region,
    expiresIn: request.expires,
    credentials: {
      accessKeyId: request.access_key,
      secretAccessKey: request.secret,
      ...(request.token ? { sessionToken: request.token } : {}),
    },
  });
  return request.user === "admin"
    ? signer.getDbConnectAdminAuthToken()
    : signer.getDbConnectAuthToken();
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify({ token: await makeToken(JSON.parse(line)) }));
  }
}

main();
