// bootstrap: serves Lambda's Runtime API, or runs one event from a file.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "handler/invocation.h"
#include "handler/request.h"
#include "runtime/curl_http.h"
#include "runtime/log.h"
#include "runtime/runtime_api.h"
#include "runtime/termination.h"

namespace {

constexpr int kUsageError = 64;  // sysexits.h EX_USAGE

// Keys and tokens live in this process's memory: they must not reach a core file.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// libpq resolves names with getaddrinfo, which knows no deadline: keep its own limits short.
void bound_name_resolution() { setenv("RES_OPTIONS", "timeout:2 attempts:2", /*overwrite=*/0); }

std::unique_ptr<engine::Database> open_database(engine::ConnectionSettings settings) {
  return std::make_unique<engine::PgDatabase>(std::move(settings));
}

struct Arguments {
  std::optional<std::string> event_file;
  int timeout_seconds = 900;
  bool help = false;
  bool version = false;
  std::string error;
};

Arguments parse_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc && arguments.error.empty(); ++i) {
    const std::string_view name = argv[i];
    const bool has_value = i + 1 < argc;
    if (name == "--help" || name == "-h") {
      arguments.help = true;
    } else if (name == "--version") {
      arguments.version = true;
    } else if (name == "--event" && has_value) {
      arguments.event_file = argv[++i];
    } else if (name == "--timeout" && has_value) {
      const std::string_view text = argv[++i];
      const auto [end, error] =
          std::from_chars(text.data(), text.data() + text.size(), arguments.timeout_seconds);
      if (error != std::errc{} || end != text.data() + text.size() ||
          arguments.timeout_seconds < 1) {
        arguments.error = "--timeout needs a whole number of seconds";
      }
    } else {
      arguments.error = "unknown or incomplete argument '" + std::string(name) + "'";
    }
  }
  return arguments;
}

void print_help() {
  std::cout
      << "dsql-migrate " DSQL_MIGRATE_VERSION
         ": schema migrations for Aurora DSQL and PostgreSQL, as an AWS Lambda function\n\n"
         "usage:\n"
         "  bootstrap                       serve the Lambda Runtime API (AWS_LAMBDA_RUNTIME_API)\n"
         "  bootstrap --event FILE          run the event in FILE ('-': standard input), print "
         "the\n"
         "                                  answer on standard output, the log on standard error\n"
         "            [--timeout SECONDS]   its time budget (default 900, as Lambda's)\n"
         "  bootstrap --version | --help\n\n"
         "exit status of --event: 0 UP_TO_DATE, APPLIED, PLANNED, VALID, UNDONE, REPAIRED, "
         "ADOPTED;\n"
         "1 FAILED; 2 INVALID; 3 LOCKED; 4 CONTINUE; 5 PENDING; 64 for a wrong call\n\n"
         "event fields, the environment variables that stand in for them, and their meaning:\n"
      << handler::describe_fields()
      << "\nAWS credentials: AWS_ACCESS_KEY_ID ..., or the container endpoint. TLS: AWS_CA_BUNDLE "
         "or\n"
         "SSL_CERT_FILE name another trust store. Logs: AWS_LAMBDA_LOG_LEVEL, "
         "AWS_LAMBDA_LOG_FORMAT.\n";
}

std::optional<std::string> read_event(const std::string& file) {
  if (file == "-") {
    return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

int exit_code_of(const std::string& answer) {
  const auto body = nlohmann::json::parse(answer, nullptr, false);
  const auto status = body.is_object() ? body.value("status", "") : "";
  if (status == "UP_TO_DATE" || status == "APPLIED" || status == "PLANNED" || status == "UNDONE" ||
      status == "REPAIRED" || status == "ADOPTED" || status == "VALID") {
    return 0;
  }
  if (status == "INVALID") return 2;
  if (status == "LOCKED") return 3;
  if (status == "CONTINUE") return 4;
  if (status == "PENDING") return 5;
  return 1;
}

int run_event(const std::string& file, int timeout_seconds, const handler::Services& services) {
  auto event = read_event(file);
  if (!event) {
    std::cerr << "bootstrap: cannot read " << file << "\n";
    return kUsageError;
  }
  runtime::Invocation invocation;
  invocation.request_id = "local-" + std::to_string(getpid());
  invocation.payload = std::move(*event);
  invocation.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_seconds);
  const auto answer = handler::handle_invocation(invocation, services);
  std::cout << nlohmann::ordered_json::parse(answer.body).dump(2) << std::endl;
  return exit_code_of(answer.body);
}

int serve(runtime::CurlHttp& http, const handler::Services& services) {
  auto options = runtime::find_runtime_api(services.environment());
  if (!options) {
    std::cerr << "bootstrap: AWS_LAMBDA_RUNTIME_API is not set; outside Lambda use --event FILE "
                 "(see --help)\n";
    return kUsageError;
  }
  runtime::end_on_sigterm();
  options->start_detached = [&](runtime::HttpRequest request) {
    http.start_detached(std::move(request));
  };
  const auto handler = [&](const runtime::Invocation& invocation) {
    return handler::handle_invocation(invocation, services);
  };
  try {
    return runtime::run_runtime_loop(http, *options, handler);
  } catch (const std::exception&) {
    // The loop answers for what a handler throws, so this is the loop itself, at its start.
    runtime::report_init_error(http, *options, "Runtime.StartFailed", "the loop could not start");
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse_arguments(argc, argv);
  if (!arguments.error.empty()) {
    std::cerr << "bootstrap: " << arguments.error << " (see --help)\n";
    return kUsageError;
  }
  if (arguments.help) {
    print_help();
    return 0;
  }
  if (arguments.version) {
    std::cout << "dsql-migrate " DSQL_MIGRATE_VERSION "\n";
    return 0;
  }
  forbid_core_dumps();
  bound_name_resolution();
  const auto environment = runtime::Environment::of_process();
  runtime::configure_log(environment, arguments.event_file ? runtime::LogStream::kStderr
                                                           : runtime::LogStream::kStdout);
  runtime::CurlHttp http(runtime::make_curl_settings(environment));
  const handler::Services services{http, runtime::Environment::of_process, open_database};
  if (!arguments.event_file) return serve(http, services);
  return run_event(*arguments.event_file, arguments.timeout_seconds, services);
}
