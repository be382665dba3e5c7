// Where the trusted certificate authorities are, on the systems this function runs on.
#pragma once

#include <string>

#include "runtime/environment.h"

namespace runtime {

// AWS_CA_BUNDLE, else SSL_CERT_FILE, else the first of the known bundle paths that exists (Amazon
// Linux 2023, Debian), else "". Nothing is opened.
std::string find_ca_bundle(const Environment& environment);

// The same for what AWS itself serves, but where no variable names a bundle the few roots of Amazon
// in the function's package go first (amazon-roots.pem in LAMBDA_TASK_ROOT): to read the system's
// whole bundle takes many times longer than the handshake it is for.
std::string find_amazon_ca_bundle(const Environment& environment);

}  // namespace runtime
