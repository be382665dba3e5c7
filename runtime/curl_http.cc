#include "runtime/curl_http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <list>
#include <new>
#include <stdexcept>
#include <utility>

#include "runtime/ca_bundle.h"
#include "runtime/error.h"

namespace runtime {
namespace {

constexpr long kKeptConnections = 64;
constexpr int kLongestPollMs = 60'000;
constexpr long kUploadBuffer = 16 << 10;  // curl's least; its own 64 KiB are zeroed for each body

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

// Where "/path?query" begins in a URL that has a scheme.
std::size_t origin_size(std::string_view url) {
  return std::min(url.find_first_of("/?#", url.find("://") + 3), url.size());
}

void check(const HttpRequest& request) {
  const std::string_view url = request.url;
  const std::size_t scheme =
      url.starts_with("https://") ? 8 : (url.starts_with("http://") ? 7 : std::string_view::npos);
  if (scheme == std::string_view::npos || origin_size(url) == scheme) {
    throw Error(ErrorKind::kConfiguration, "a URL must be http:// or https:// and a host");
  }
  if (has_control_character(request.method)) {
    throw Error(ErrorKind::kConfiguration, "the HTTP method has a control character in it");
  }
  for (const HttpHeader& header : request.headers) {
    if (has_control_character(header.name) || has_control_character(header.value)) {
      throw Error(ErrorKind::kConfiguration, "an HTTP header has a control character in it");
    }
  }
}

void append(HeaderList& list, const std::string& line) {
  curl_slist* const first = list.release();
  list.reset(curl_slist_append(first, line.c_str()));
  if (list) return;
  list.reset(first);
  throw std::bad_alloc();
}

// curl's notation: "Name: value" sends it, "Name;" sends it empty, "Name:" keeps curl from adding
// its own.
HeaderList make_header_list(const HttpRequest& request) {
  HeaderList list;
  for (const HttpHeader& header : request.headers) {
    append(list, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  for (const char* name : {"Expect", "Accept", "Content-Type"}) {
    if (!find_header(request.headers, name)) append(list, std::string(name) + ":");
  }
  return list;
}

// "scheme://host:port" without user information: all of a URL that may be logged.
std::string origin_of(std::string_view url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t at = url.substr(0, origin_size(url)).rfind('@');
  const std::size_t begin = at == std::string_view::npos ? host : at + 1;
  return std::string(url.substr(0, host)) +
         std::string(url.substr(begin, origin_size(url) - begin));
}

HttpHeader parse_header_line(std::string_view line) {
  const auto trimmed = [](std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return std::string();
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
  };
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  return {trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))};
}

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK) {
    throw std::logic_error(std::string("curl_easy_setopt: ") + curl_easy_strerror(code));
  }
}

// One request on its way. Lives at one address, since curl keeps pointers into it.
class Transfer {
 public:
  Transfer(CURLM* multi, const HttpRequest& request, const CurlSettings& settings,
           bool watch_for_stall);
  ~Transfer() { curl_multi_remove_handle(multi_, easy_.get()); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  bool done() const { return done_; }
  void finish(CURLcode code);
  HttpOutcome take_outcome() { return std::move(outcome_); }

 private:
  void set_method_and_body();
  void set_connection(const CurlSettings& settings, bool watch_for_stall);
  void set_callbacks();
  TransportFailure make_failure(CURLcode code) const;
  TransportFailure::Kind kind_of(CURLcode code) const;
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);

  CURLM* multi_;
  const HttpRequest& request_;
  HeaderList headers_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  HttpResponse response_;
  HttpOutcome outcome_;
  bool too_large_ = false;
  bool done_ = false;
};

Transfer::Transfer(CURLM* multi, const HttpRequest& request, const CurlSettings& settings,
                   bool watch_for_stall)
    : multi_(multi),
      request_(request),
      headers_(make_header_list(request)),
      easy_(curl_easy_init()) {
  if (!easy_) throw std::bad_alloc();
  set(easy_.get(), CURLOPT_URL, request.url.c_str());
  set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  set_method_and_body();
  set_connection(settings, watch_for_stall);
  set_callbacks();
  if (curl_multi_add_handle(multi, easy_.get()) != CURLM_OK) throw std::bad_alloc();
}

void Transfer::set_method_and_body() {
  const std::string& method = request_.method;
  if (method == "HEAD") {
    set(easy_.get(), CURLOPT_NOBODY, 1L);
    return;
  }
  const bool has_body =
      !request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (has_body) {
    // Post fields under another method's name: curl's upload mode would add chunking or Expect.
    set(easy_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(easy_.get(), CURLOPT_POSTFIELDS, request_.body.data());
    set(easy_.get(), CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
  }
  set(easy_.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
}

void Transfer::set_connection(const CurlSettings& settings, bool watch_for_stall) {
  CURL* easy = easy_.get();
  const bool is_https = request_.url.starts_with("https://");
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  // An empty proxy, unlike none, keeps curl from reading the proxy variables.
  set(easy, CURLOPT_PROXY, is_https ? settings.https_proxy.c_str() : "");
  set(easy, CURLOPT_NOPROXY, settings.no_proxy.c_str());
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_USERAGENT, settings.user_agent.c_str());
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_FRESH_CONNECT, request_.fresh_connection ? 1L : 0L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  if (watch_for_stall && settings.stall_timeout.count() > 0) {
    set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.stall_timeout.count()));
  }
  if (is_https && !settings.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // that file, and nothing beside
  }
}

void Transfer::set_callbacks() {
  CURL* easy = easy_.get();
  set(easy, CURLOPT_ERRORBUFFER, error_.data());
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t size, void* self) try {
  auto& response = static_cast<Transfer*>(self)->response_;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {
    response.headers.clear();  // those before were a 1xx's
  } else if (HttpHeader header = parse_header_line(line); !header.name.empty()) {
    response.headers.push_back(std::move(header));
  }
  return size;
} catch (...) {
  return 0;
}

std::size_t Transfer::on_body(char* data, std::size_t, std::size_t size, void* self) try {
  auto& transfer = *static_cast<Transfer*>(self);
  std::string& body = transfer.response_.body;
  if (size > transfer.request_.max_response_bytes - body.size()) {
    transfer.too_large_ = true;
    return 0;
  }
  body.append(data, size);
  return size;
} catch (...) {
  return 0;
}

void Transfer::finish(CURLcode code) {
  done_ = true;
  if (code != CURLE_OK) {
    outcome_ = make_failure(code);
    return;
  }
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  outcome_ = std::move(response_);
}

TransportFailure::Kind Transfer::kind_of(CURLcode code) const {
  using Kind = TransportFailure::Kind;
  curl_off_t sending_began_us = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &sending_began_us);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Kind::kResolve;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return Kind::kTls;
    default:
      break;
  }
  if (too_large_) return Kind::kTooLarge;
  return sending_began_us == 0 ? Kind::kConnect : Kind::kInterrupted;
}

TransportFailure Transfer::make_failure(CURLcode code) const {
  std::string reason = error_.data();
  const std::string_view url = request_.url;
  const std::string_view secret = url.substr(origin_size(url));
  if (reason.empty() || (secret.size() > 1 && reason.find(secret) != std::string::npos)) {
    reason = curl_easy_strerror(code);
  }
  if (too_large_) {
    reason = "the answer is longer than " + std::to_string(request_.max_response_bytes) + " bytes";
  }
  return {kind_of(code), request_.method + " " + origin_of(request_.url) + ": " + reason};
}

CURLM* make_multi() {
  // Once a process, and never undone: another library may be using curl too.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) throw std::runtime_error("curl_global_init failed");
  std::signal(SIGPIPE, SIG_IGN);
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) throw std::bad_alloc();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kKeptConnections);
  return multi;
}

TransportFailure make_timeout(const HttpRequest& request) {
  return {TransportFailure::Kind::kTimeout,
          request.method + " " + origin_of(request.url) + ": no answer before the deadline"};
}

int poll_timeout_ms(Deadline deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  if (left > std::chrono::milliseconds(kLongestPollMs)) return kLongestPollMs;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

}  // namespace

struct CurlHttp::Impl {
  struct Active {
    std::size_t index;
    std::unique_ptr<Transfer> transfer;
  };
  struct Detached {
    std::unique_ptr<HttpRequest> request;
    std::unique_ptr<Transfer> transfer;  // null until it is begun
  };
  struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  CurlSettings settings;
  std::unique_ptr<CURLM, FreeMulti> multi;
  std::list<Detached> detached;  // before multi goes, all of these are gone

  std::unique_ptr<Transfer> start(const HttpRequest& request, bool watch_for_stall) const {
    return std::make_unique<Transfer>(multi.get(), request, settings, watch_for_stall);
  }
  void drive();
  void begin_detached();
};

// Moves every transfer as far as it goes without waiting, and marks the finished ones.
void CurlHttp::Impl::drive() {
  int running = 0;
  curl_multi_perform(multi.get(), &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    reinterpret_cast<Transfer*>(transfer)->finish(code);
  }
  detached.remove_if([](const Detached& one) { return one.transfer && one.transfer->done(); });
}

void CurlHttp::Impl::begin_detached() {
  bool begun = false;
  for (Detached& one : detached) {
    if (one.transfer) continue;
    one.transfer = start(*one.request, false);
    begun = true;
  }
  if (begun) drive();
}

CurlHttp::CurlHttp(CurlSettings settings) : impl_(std::make_unique<Impl>()) {
  impl_->settings = std::move(settings);
  impl_->multi.reset(make_multi());
}

CurlHttp::~CurlHttp() = default;

std::vector<HttpOutcome> CurlHttp::send_all(std::span<const HttpRequest> requests, int max_parallel,
                                            Deadline deadline) {
  for (const HttpRequest& request : requests) check(request);
  std::vector<HttpOutcome> outcomes;
  for (const HttpRequest& request : requests) outcomes.push_back(make_timeout(request));
  std::list<Impl::Active> active;
  std::size_t started = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    while (started < requests.size() && std::ssize(active) < std::max(max_parallel, 1)) {
      active.push_back({started, impl_->start(requests[started], deadline != Deadline::max())});
      ++started;
    }
    if (active.empty()) break;
    impl_->drive();
    impl_->begin_detached();
    const auto one_ended = active.remove_if([&](const Impl::Active& one) {
      if (one.transfer->done()) outcomes[one.index] = one.transfer->take_outcome();
      return one.transfer->done();
    });
    if (one_ended > 0) continue;
    curl_multi_poll(impl_->multi.get(), nullptr, 0, poll_timeout_ms(deadline), nullptr);
  }
  return outcomes;
}

void CurlHttp::start_detached(HttpRequest request) {
  check(request);
  impl_->detached.push_back({std::make_unique<HttpRequest>(std::move(request)), nullptr});
}

CurlSettings make_curl_settings(const Environment& environment) {
  const auto either = [&](const char* upper, const char* lower) {
    return environment.get_or(upper, environment.get_or(lower, ""));
  };
  CurlSettings settings;
  settings.ca_file = find_amazon_ca_bundle(environment);
  settings.https_proxy = either("HTTPS_PROXY", "https_proxy");
  settings.no_proxy = either("NO_PROXY", "no_proxy");
  return settings;
}

}  // namespace runtime
