#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace synood {

// A file's bytes, mapped for reading. Nothing may be read beyond size().
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }
  const std::byte* data() const { return data_; }
  // These bytes have been copied: their pages need not stay in memory beside the copy.
  void forget(uint64_t begin, uint64_t end) const;

 private:
  std::string path_;
  uint64_t size_ = 0;
  const std::byte* data_ = nullptr;
};

}  // namespace synood
