#include "runtime/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>

namespace runtime {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

// Of a hidden file in the same folder, which nobody else makes.
std::string name_beside(const std::string& path) {
  const std::filesystem::path target(path);
  const auto name = "." + target.filename().string() + "." + std::to_string(std::random_device{}());
  return (target.parent_path() / name).string();
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool keep_permissions(int file, const std::string& path) {
  struct stat was = {};
  return stat(path.c_str(), &was) != 0 || fchmod(file, was.st_mode & 07777) == 0;
}

// Closes the file.
std::error_code fill(int file, const std::string& path, std::string_view bytes) {
  std::error_code error;
  if (!write_all(file, bytes) || !keep_permissions(file, path) || fsync(file) != 0) {
    error = last_error();
  }
  if (close(file) != 0 && !error) error = last_error();
  return error;
}

// The new name too has to outlive a crash; a file system that cannot say so has it by then.
void sync_folder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  fsync(file);
  close(file);
}

}  // namespace

std::error_code replace_file(const std::string& path, std::string_view bytes) {
  const auto beside = name_beside(path);
  const int file = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return last_error();
  auto error = fill(file, path, bytes);
  if (!error && std::rename(beside.c_str(), path.c_str()) != 0) error = last_error();
  if (error) {
    unlink(beside.c_str());
  } else {
    sync_folder(path);
  }
  return error;
}

}  // namespace runtime
