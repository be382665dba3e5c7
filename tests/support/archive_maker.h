// Zips and tars byte by byte, every field open to a wrong value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct ZipEntry {
  std::string name;
  std::string data;      // as it stands in the archive
  std::string unpacked;  // what it unpacks to; its size and checksum go into the headers
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::uint16_t made_by = 20;
  std::uint32_t attributes = 0;
  std::uint16_t disk = 0;
  std::string extra;       // of the central header
  std::string local_name;  // "" for the same name
};

ZipEntry stored(const std::string& name, const std::string& bytes);

// The archive with its end record; `comment` stands at the very end.
std::string make_zip(const std::vector<ZipEntry>& entries, const std::string& comment = "");

struct TarEntry {
  std::string name;  // cut to 100 bytes
  std::string bytes;
  char type = '0';
  std::string prefix;
};

std::string make_tar_entry(const TarEntry& entry);
std::string make_tar(const std::vector<TarEntry>& entries);              // with its end
std::string make_pax(const std::string& key, const std::string& value);  // one record
std::string make_gzip(const std::string& bytes);                         // stored, not deflated
