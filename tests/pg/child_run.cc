#include "tests/pg/child_run.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string_view>

namespace engine {
namespace {

std::string show(const RunReport& report) {
  std::string text = to_string(report.status);
  if (report.failure) text += " " + report.failure->code;
  if (report.lock) text += " " + report.lock->owner;
  return text;
}

[[noreturn]] void run_child(const std::function<RunReport()>& run, int output) {
  std::string text;
  try {
    text = show(run());
  } catch (const std::exception& error) {
    text = std::string("threw ") + error.what();
  }
  for (std::string_view left = text; !left.empty();) {
    const auto written = write(output, left.data(), left.size());
    if (written < 1) break;
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  _exit(0);
}

}  // namespace

ChildRun::ChildRun(const std::function<RunReport()>& run) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("no process");
  if (process_ == 0) run_child(run, ends[1]);
  close(ends[1]);
  output_ = ends[0];
}

ChildRun::~ChildRun() {
  kill();
  close(output_);
}

void ChildRun::stop_here() { raise(SIGSTOP); }

bool ChildRun::wait_for_stop() {
  int status = 0;
  while (waitpid(process_, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
  if (WIFSTOPPED(status)) return true;
  process_ = 0;
  return false;
}

void ChildRun::stop() const { ::kill(process_, SIGSTOP); }

void ChildRun::go_on() const { ::kill(process_, SIGCONT); }

void ChildRun::kill() {
  if (process_ == 0) return;
  ::kill(process_, SIGKILL);
  reap();
}

void ChildRun::reap() {
  if (process_ == 0) return;
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
}

std::string ChildRun::end() {
  std::string text;
  char buffer[256];
  for (;;) {
    const auto got = read(output_, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 1) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  reap();
  return text;
}

}  // namespace engine
