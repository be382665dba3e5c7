// bootstrap: serves Lambda's Runtime API, or runs one event from a file.
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "handler/invocation.h"
#include "handler/request.h"
#include "runtime/curl_http.h"
#include "runtime/hardening.h"
#include "runtime/log.h"
#include "runtime/runtime_api.h"
#include "runtime/termination.h"

namespace {

constexpr int kUsageError = 64;  // sysexits.h EX_USAGE

// libpq resolves names with getaddrinfo, which knows no deadline: keep glibc's own limits short.
// musl's are those of /etc/resolv.conf, whatever the environment says.
void bound_name_resolution() {
#ifdef __GLIBC__
  setenv("RES_OPTIONS", "timeout:2 attempts:2", /*overwrite=*/0);
#endif
}

std::unique_ptr<engine::Database> open_database(engine::ConnectionSettings settings) {
  return std::make_unique<engine::PgDatabase>(std::move(settings));
}

// With C's streams: those of <iostream> would be set up, locales and all, at every start.
void print(const std::string& text, std::FILE* stream = stdout) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

void print_error(const std::string& text) { print("bootstrap: " + text + "\n", stderr); }

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
  print("dsql-migrate " DSQL_MIGRATE_VERSION
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
        "event fields, the environment variables that stand in for them, and their meaning:\n" +
        handler::describe_fields() +
        "\nAWS credentials: AWS_ACCESS_KEY_ID ..., or the container endpoint. TLS: AWS_CA_BUNDLE "
        "or\n"
        "SSL_CERT_FILE name another trust store. Logs: AWS_LAMBDA_LOG_LEVEL, "
        "AWS_LAMBDA_LOG_FORMAT.\n");
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::optional<std::string> read_event(const std::string& file) {
  const std::unique_ptr<std::FILE, Close> in(file == "-" ? stdin : std::fopen(file.c_str(), "rb"));
  if (!in) return std::nullopt;
  std::string text;
  std::array<char, 4096> part{};
  while (std::feof(in.get()) == 0 && std::ferror(in.get()) == 0) {
    text.append(part.data(), std::fread(part.data(), 1, part.size(), in.get()));
  }
  if (std::ferror(in.get()) != 0) return std::nullopt;
  return text;
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
    print_error("cannot read " + file);
    return kUsageError;
  }
  runtime::Invocation invocation;
  invocation.request_id = "local-" + std::to_string(getpid());
  invocation.payload = std::move(*event);
  invocation.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_seconds);
  const auto answer = handler::handle_invocation(invocation, services);
  print(nlohmann::ordered_json::parse(answer.body).dump(2) + "\n");
  return exit_code_of(answer.body);
}

int serve(runtime::CurlHttp& http, const runtime::Environment& environment,
          const handler::Services& services) {
  auto options = runtime::find_runtime_api(environment);
  if (!options) {
    print_error("AWS_LAMBDA_RUNTIME_API is not set; outside Lambda use --event FILE (see --help)");
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
    print_error(arguments.error + " (see --help)");
    return kUsageError;
  }
  if (arguments.help) {
    print_help();
    return 0;
  }
  if (arguments.version) {
    print("dsql-migrate " DSQL_MIGRATE_VERSION "\n");
    return 0;
  }
  runtime::harden_process();
  bound_name_resolution();
  const auto environment = runtime::Environment::of_process();
  runtime::configure_log(environment, arguments.event_file ? runtime::LogStream::kStderr
                                                           : runtime::LogStream::kStdout);
  runtime::CurlHttp http(runtime::make_curl_settings(environment));
  const handler::Services services{http, runtime::Environment::of_process, open_database};
  if (!arguments.event_file) return serve(http, environment, services);
  return run_event(*arguments.event_file, arguments.timeout_seconds, services);
}
