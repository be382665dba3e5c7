// What a failed connection attempt means, from its text: libpq gives no result and no SQLSTATE
// field for one, only a message.
#pragma once

#include <string>
#include <string_view>

#include "engine/error.h"

namespace engine {

struct ConnectFailure {
  enum class Retry {
    kNo,        // asking again gives the same answer: credentials, TLS, an unknown database
    kBriefly,   // no answer from the network: worth some seconds
    kToTheEnd,  // the server asks for patience: waking up, too many connections
  };
  Error error;
  Retry retry;
};

// `message` is PQerrorMessage with PQERRORS_VERBOSE: "FATAL:  28P01: ...", then HINT: and LOCATION:
// lines. The error's message is one line; the server's HINT, or ours for a TLS or network failure,
// is in server().hint.
ConnectFailure parse_connect_failure(std::string_view message);

}  // namespace engine
