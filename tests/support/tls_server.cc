#include "tests/support/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <thread>

namespace test_support {
namespace {

template <auto Free>
struct Freer {
  template <typename Pointer>
  void operator()(Pointer* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freer<SSL_free>>;

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error("no certificate extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make_certificate(EVP_PKEY* key, const std::string& host) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), NID_subject_alt_name, "DNS:" + host);
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) {
    throw std::runtime_error("no certificate");
  }
  return certificate;
}

std::string write_temporary_file(X509* certificate) {
  std::string path = "/tmp/tls_server_XXXXXX";
  const int descriptor = mkstemp(path.data());
  FILE* const file = descriptor < 0 ? nullptr : fdopen(descriptor, "w");
  if (file == nullptr) throw std::runtime_error("no temporary file");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  return path;
}

void answer(SSL_CTX* context, int socket) {
  const Connection connection(SSL_new(context));
  SSL_set_fd(connection.get(), socket);
  if (SSL_accept(connection.get()) != 1) return;
  std::string request;
  while (request.find("\r\n\r\n") == std::string::npos) {
    char bytes[4096];
    const int count = SSL_read(connection.get(), bytes, sizeof bytes);
    if (count <= 0) return;
    request.append(bytes, static_cast<std::size_t>(count));
  }
  const std::string reply =
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
  SSL_write(connection.get(), reply.data(), static_cast<int>(reply.size()));
  SSL_shutdown(connection.get());
}

}  // namespace

struct TlsServer::Impl {
  Context context{SSL_CTX_new(TLS_server_method())};
  std::string certificate_file;
  int listener = -1;
  int port = 0;
  std::thread thread;

  void listen_on_loopback();
  void serve() const;
};

void TlsServer::Impl::listen_on_loopback() {
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || bind(listener, generic, size) != 0 || listen(listener, 16) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    throw std::runtime_error("no loopback port to listen on");
  }
  port = ntohs(address.sin_port);
}

void TlsServer::Impl::serve() const {
  while (true) {
    const int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    answer(context.get(), socket);
    ::close(socket);
  }
}

TlsServer::TlsServer(const std::string& host) : impl_(std::make_unique<Impl>()) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = make_certificate(key.get(), host);
  SSL_CTX_use_certificate(impl_->context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(impl_->context.get(), key.get());
  impl_->certificate_file = write_temporary_file(certificate.get());
  impl_->listen_on_loopback();
  impl_->thread = std::thread([this] { impl_->serve(); });
}

TlsServer::~TlsServer() {
  shutdown(impl_->listener, SHUT_RDWR);
  impl_->thread.join();
  ::close(impl_->listener);
  unlink(impl_->certificate_file.c_str());
}

int TlsServer::port() const { return impl_->port; }

std::string TlsServer::certificate_file() const { return impl_->certificate_file; }

}  // namespace test_support
