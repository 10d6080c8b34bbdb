#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "synood/weights.h"
#include "weights/mapped_file.h"

namespace synood {

// The tensors of one model's safetensors files under their current names. Everything that a header claims is
// checked here, once, before a byte is read: offsets against the file's size, byte counts against type and
// shape, ranges against each other, names across shards.
class WeightFiles {
 public:
  explicit WeightFiles(const std::vector<WeightFile>& files);

  bool has(const std::string& name) const { return found_.count(name) > 0; }
  std::vector<std::string> names() const;
  void rename(const std::string& from, const std::string& to);
  void ignore(const std::string& name) { found_.erase(name); }
  // One tensor (k * n, ...) as k tensors (n, ...) of these names.
  void split_rows(const std::string& name, const std::vector<std::string>& parts);
  // The matrix is read transposed from now on.
  void transpose(const std::string& name);

  // On the CPU in the file's own type, of exactly this shape; the name is then used up. The file's own memory
  // (mapped_tensor.h) where it is aligned, as it mostly is, else a copy.
  at::Tensor read(const std::string& name, at::IntArrayRef shape);
  // The same checks, but no byte is read: a tensor without numbers, on the meta device.
  at::Tensor shape_only(const std::string& name, at::IntArrayRef shape);
  // Names that nobody has read or ignored are an error.
  void expect_all_read() const;

 private:
  struct Found {
    std::shared_ptr<MappedFile> file;
    WeightEntry entry;
    bool transposed = false;
  };
  std::string paths() const;
  Found take(const std::string& name, at::IntArrayRef shape);

  std::map<std::string, Found> found_;
  std::set<std::string> read_;
  std::vector<std::string> paths_;
};

}  // namespace synood
