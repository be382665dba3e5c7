// Where the trusted certificate authorities are, on the systems this function runs on.
#pragma once

#include <string>

#include "runtime/environment.h"

namespace runtime {

// AWS_CA_BUNDLE, else SSL_CERT_FILE, else the first of the known bundle paths that exists (Amazon
// Linux 2023, Debian), else "". Nothing is opened.
std::string find_ca_bundle(const Environment& environment);

}  // namespace runtime
