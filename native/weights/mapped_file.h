#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace synood {

// A file's bytes, mapped. Nothing may be read beyond size(). What is written stays in this process; a file
// that another program shortens meanwhile must not be read any more.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }
  std::byte* data() const { return data_; }

 private:
  std::string path_;
  uint64_t size_ = 0;
  std::byte* data_ = nullptr;
};

}  // namespace synood
