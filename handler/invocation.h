// One invocation from event to answer: the place where runtime/ and engine/ meet.
#pragma once

#include <functional>
#include <memory>

#include "engine/database.h"
#include "engine/pg_database.h"
#include "runtime/environment.h"
#include "runtime/http.h"
#include "runtime/runtime_api.h"

namespace handler {

// What an invocation reaches the world through. Tests pass twins.
struct Services {
  runtime::Http& http;
  std::function<runtime::Environment()> environment;  // asked once an invocation
  std::function<std::unique_ptr<engine::Database>(engine::ConnectionSettings)> open_database;
};

// Runs the event and answers with the status JSON. Never throws for what an event, a file, S3 or a
// server did wrong: that is an answer. A custom resource gets its PUT before the deadline, and the
// invocation then succeeds whatever the outcome (a function error would make Lambda run the
// answered request again).
runtime::Answer handle_invocation(const runtime::Invocation& invocation, const Services& services);

}  // namespace handler
