#include "engine/connect_error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "engine/ascii.h"
#include "engine/sqlstate.h"

namespace engine {
namespace {

using Retry = ConnectFailure::Retry;

struct Rule {
  std::string_view text;  // found anywhere in the message, in lower case
  ErrorKind kind;
  Retry retry;
  const char* hint;  // "" keeps the server's
};

// The first that fits decides. DSQL's texts: Aurora DSQL user guide, "Troubleshooting"; the others
// are PostgreSQL's, libpq's, OpenSSL's and the C library's.
constexpr std::array kRules = {
    Rule{"waking up cluster", ErrorKind::kConnect, Retry::kToTheEnd,
         "The cluster was idle and is starting; try again in a minute"},
    Rule{"access denied", ErrorKind::kAuthentication, Retry::kNo, ""},
    Rule{"wrong user to action mapping", ErrorKind::kAuthentication, Retry::kNo,
         "The user admin needs dsql:DbConnectAdmin, every other user dsql:DbConnect"},
    Rule{"iam authentication failed", ErrorKind::kAuthentication, Retry::kNo,
         "Map the IAM role to the database role (AWS IAM GRANT) and allow dsql:DbConnect"},
    Rule{"password authentication failed", ErrorKind::kAuthentication, Retry::kNo,
         "Check the user and its password"},
    Rule{"no password supplied", ErrorKind::kAuthentication, Retry::kNo,
         "The server asks for a password; give one with the target"},
    Rule{"no pg_hba.conf entry", ErrorKind::kAuthentication, Retry::kNo,
         "The server's pg_hba.conf does not let this user in from here"},
    Rule{"sni was not received", ErrorKind::kConnect, Retry::kNo,
         "TLS server name indication is needed: connect by host name, with libpq 14 or newer"},
    Rule{"certificate verify failed", ErrorKind::kConnect, Retry::kNo,
         "The server's certificate is not signed by a CA in sslrootcert"},
    Rule{"does not match host name", ErrorKind::kConnect, Retry::kNo,
         "The server's certificate is for another host name; check the target's host"},
    Rule{"server does not support ssl", ErrorKind::kConnect, Retry::kNo,
         "The server has no TLS; for a local PostgreSQL use sslmode=disable"},
    Rule{"root certificate file", ErrorKind::kConnect, Retry::kNo,
         "Point sslrootcert at a file with the CA's certificates"},
    Rule{"ssl error", ErrorKind::kConnect, Retry::kNo, "The TLS handshake failed"},
    // pgbouncer and RDS Proxy, which pass on no settings of a session of their own accord.
    Rule{"startup parameter", ErrorKind::kConnect, Retry::kNo,
         "A pooler in between takes no settings at connect: leave out statementTimeout and "
         "tableLockTimeout and set them with ALTER ROLE, or connect to the server itself"},
    Rule{"support command-line options", ErrorKind::kConnect, Retry::kNo,
         "A pooler in between takes no settings at connect: leave out statementTimeout and "
         "tableLockTimeout and set them with ALTER ROLE, or connect to the server itself"},
    Rule{"could not translate host name", ErrorKind::kConnect, Retry::kBriefly,
         "The host name has no address; check the target's host and the VPC's DNS"},
    Rule{"connection refused", ErrorKind::kConnect, Retry::kBriefly,
         "Nothing listens there; check the target's host and port"},
    Rule{"timeout expired", ErrorKind::kConnect, Retry::kBriefly,
         "No answer; check security groups, routes and the target's port"},
    Rule{"network is unreachable", ErrorKind::kConnect, Retry::kBriefly,
         "No route; from a VPC without IPv6 give the IPv4 address as hostaddr"},
    Rule{"no route to host", ErrorKind::kConnect, Retry::kBriefly,
         "No route; check the VPC's routes and the target's host"},
    Rule{"connection timed out", ErrorKind::kConnect, Retry::kBriefly,
         "No answer; check security groups, routes and the target's port"},
    Rule{"connection reset", ErrorKind::kConnect, Retry::kBriefly,
         "The server ended the connection while it was being made"},
    Rule{"server closed the connection", ErrorKind::kConnect, Retry::kBriefly,
         "The server ended the connection while it was being made"},
    Rule{"syscall error", ErrorKind::kConnect, Retry::kBriefly,
         "The server ended the connection while it was being made"},
    Rule{"too many connections", ErrorKind::kConnect, Retry::kToTheEnd, ""},
};

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view strip(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.remove_suffix(1);
  return text;
}

bool is_sqlstate(std::string_view text) {
  return text.size() == 5 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isdigit(c) != 0 || std::isupper(c) != 0;
         });
}

// "... FATAL:  28P01: text" keeps its text and gives its code to `sqlstate`.
std::string_view cut_severity(std::string_view line, std::string* sqlstate) {
  for (const std::string_view severity : {"FATAL:  ", "ERROR:  "}) {
    const auto at = line.find(severity);
    if (at == std::string_view::npos) continue;
    line.remove_prefix(at + severity.size());
    if (line.size() > 7 && is_sqlstate(line.substr(0, 5)) && line.substr(5, 2) == ": ") {
      *sqlstate = line.substr(0, 5);
      line.remove_prefix(7);
    }
  }
  return line;
}

ServerError parse_lines(std::string_view message) {
  ServerError server;
  for (const auto line : split_lines(message)) {
    const auto text = strip(line);
    if (text.starts_with("LOCATION:") || text.starts_with("Is the server running")) continue;
    if (text.starts_with("HINT:")) {
      server.hint = strip(text.substr(5));
    } else if (text.starts_with("DETAIL:")) {
      server.detail = strip(text.substr(7));
    } else {
      if (!server.message.empty()) server.message += "; ";
      server.message += strip(cut_severity(text, &server.sqlstate));
    }
  }
  return server;
}

// Codes decide where no text did: a server's FATAL without a rule of its own is final.
Retry retry_by_code(const std::string& sqlstate) {
  if (sqlstate == "57P03" || sqlstate == "53300" || sqlstate == "53400") return Retry::kToTheEnd;
  return Retry::kNo;
}

}  // namespace

ConnectFailure parse_connect_failure(std::string_view message) {
  auto server = parse_lines(message);
  if (server.message.empty()) server.message = "no connection";
  const auto lower = to_lower(message);
  const auto* rule = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& candidate) {
    return lower.find(candidate.text) != std::string::npos;
  });
  auto kind = ErrorKind::kConnect;
  auto retry = retry_by_code(server.sqlstate);
  if (rule != kRules.end()) {
    kind = rule->kind;
    if (retry == Retry::kNo) retry = rule->retry;
    if (server.hint.empty()) server.hint = rule->hint;
  } else if (error_kind_of(server.sqlstate) == ErrorKind::kAuthentication) {
    kind = ErrorKind::kAuthentication;
  }
  if (kind == ErrorKind::kAuthentication) retry = Retry::kNo;
  const auto text = server.message;
  return {Error(kind, text, std::move(server)), retry};
}

}  // namespace engine
