#include "tests/support/archive_maker.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>

#include "runtime/crc.h"

namespace {

std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

// Method, time, date, checksum and sizes, which both headers have in this order.
std::string common_fields(const ZipEntry& entry) {
  return number(entry.method, 2) + number(0, 2) + number(0x5d75, 2) +
         number(runtime::crc32(entry.unpacked), 4) + number(entry.data.size(), 4) +
         number(entry.unpacked.size(), 4);
}

std::string local_header(const ZipEntry& entry) {
  const std::string& name = entry.local_name.empty() ? entry.name : entry.local_name;
  return "PK\x03\x04" + number(20, 2) + number(entry.flags, 2) + common_fields(entry) +
         number(name.size(), 2) + number(0, 2) + name;
}

std::string central_header(const ZipEntry& entry, std::size_t offset) {
  return "PK\x01\x02" + number(entry.made_by, 2) + number(20, 2) + number(entry.flags, 2) +
         common_fields(entry) + number(entry.name.size(), 2) + number(entry.extra.size(), 2) +
         number(0, 2) + number(entry.disk, 2) + number(0, 2) + number(entry.attributes, 4) +
         number(offset, 4) + entry.name + entry.extra;
}

std::string padded(std::string text, std::size_t size) {
  text.resize(size);
  return text;
}

std::string octal(std::uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  return padded(text, static_cast<std::size_t>(digits) + 1);
}

}  // namespace

ZipEntry stored(const std::string& name, const std::string& bytes) {
  ZipEntry entry;
  entry.name = name;
  entry.data = bytes;
  entry.unpacked = bytes;
  return entry;
}

std::string make_zip(const std::vector<ZipEntry>& entries, const std::string& comment) {
  std::string zip;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    directory += central_header(entry, zip.size());
    zip += local_header(entry) + entry.data;
  }
  const std::size_t offset = zip.size();
  return zip + directory + "PK\x05\x06" + number(0, 4) + number(entries.size(), 2) +
         number(entries.size(), 2) + number(directory.size(), 4) + number(offset, 4) +
         number(comment.size(), 2) + comment;
}

std::string make_tar_entry(const TarEntry& entry) {
  std::string block = padded(entry.name.substr(0, 100), 100) + octal(0644, 7) + octal(0, 7) +
                      octal(0, 7) + octal(entry.bytes.size(), 11) + octal(0, 11) + "        " +
                      entry.type + std::string(100, '\0') +
                      std::string(
                          "ustar\0"
                          "00",
                          8);
  block = padded(padded(block, 345) + entry.prefix, 512);
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  block.replace(148, 8, octal(sum, 6) + " ");
  return block + padded(entry.bytes, (entry.bytes.size() + 511) / 512 * 512);
}

std::string make_tar(const std::vector<TarEntry>& entries) {
  std::string tar;
  for (const TarEntry& entry : entries) tar += make_tar_entry(entry);
  return tar + std::string(1024, '\0');
}

std::string make_pax(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  std::size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

std::string make_gzip(const std::string& bytes) {
  constexpr std::size_t kLongest = 0xffff;
  std::string gzip("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  std::size_t at = 0;
  do {
    const std::size_t size = std::min(kLongest, bytes.size() - at);
    const bool last = at + size == bytes.size();
    gzip += static_cast<char>(last ? 1 : 0);
    gzip += number(size, 2) + number(~size & 0xffff, 2) + bytes.substr(at, size);
    at += size;
  } while (at < bytes.size());
  return gzip + number(runtime::crc32(bytes), 4) + number(bytes.size(), 4);
}
