#include "weights/weight_files.h"

#include <algorithm>
#include <cstring>

#include "engine/convert.h"
#include "synood/error.h"
#include "weights/mapped_tensor.h"

namespace synood {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& key, const std::string& reason) {
  throw Error(ErrorCode::model_format, "'" + path + "', key '" + key + "': " + reason);
}

uint64_t element_size(ElementType type) { return c10::elementSize(scalar_type(type)); }

// The number of bytes that type and shape ask for, or an error if the shape is no shape.
uint64_t byte_count(const std::string& path, const WeightEntry& entry) {
  uint64_t bytes = element_size(entry.type);
  for (const auto size : entry.shape) {
    if (size < 0) fail(path, entry.name, "the shape " + shape_text(entry.shape) + " has a negative size.");
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes)) {
      fail(path, entry.name, "the shape " + shape_text(entry.shape) + " is larger than any file.");
    }
  }
  return bytes;
}

void check_entry(const MappedFile& file, const WeightEntry& entry) {
  const auto range = std::to_string(entry.begin) + " to " + std::to_string(entry.end);
  if (entry.begin > entry.end) fail(file.path(), entry.name, "its bytes run backwards, from " + range + ".");
  if (entry.end > file.size()) {
    fail(file.path(), entry.name,
         "expected its bytes " + range + " inside the file, which has only " + std::to_string(file.size()) +
             " bytes. The file is truncated or its header is wrong: fetch it again.");
  }
  const auto expected = byte_count(file.path(), entry);
  if (entry.end - entry.begin != expected) {
    fail(file.path(), entry.name,
         "expected " + std::to_string(expected) + " bytes for the shape " + shape_text(entry.shape) +
             ", its offsets span " + std::to_string(entry.end - entry.begin) + ".");
  }
}

void check_overlaps(const WeightFile& file) {
  std::vector<const WeightEntry*> by_begin;
  for (const auto& entry : file.entries) {
    if (entry.begin < entry.end) by_begin.push_back(&entry);
  }
  std::sort(by_begin.begin(), by_begin.end(),
            [](const WeightEntry* a, const WeightEntry* b) { return a->begin < b->begin; });
  for (size_t i = 1; i < by_begin.size(); ++i) {
    if (by_begin[i]->begin < by_begin[i - 1]->end) {
      fail(file.path, by_begin[i]->name,
           "its bytes overlap those of '" + by_begin[i - 1]->name +
               "'. The header is wrong: fetch the file again.");
    }
  }
}

}  // namespace

WeightFiles::WeightFiles(const std::vector<WeightFile>& files) {
  for (const auto& file : files) {
    const auto mapped = std::make_shared<MappedFile>(file.path);
    paths_.push_back(file.path);
    for (const auto& entry : file.entries) {
      check_entry(*mapped, entry);
      const auto [place, inserted] = found_.try_emplace(entry.name, Found{mapped, entry, false});
      if (!inserted) {
        fail(file.path, entry.name, "the same key is in '" + place->second.file->path() + "' already.");
      }
    }
    check_overlaps(file);
  }
}

std::vector<std::string> WeightFiles::names() const {
  std::vector<std::string> names;
  for (const auto& [name, found] : found_) names.push_back(name);
  return names;
}

void WeightFiles::rename(const std::string& from, const std::string& to) {
  if (from == to) return;
  auto node = found_.extract(from);
  if (node.empty()) return;
  const auto path = node.mapped().file->path();
  node.key() = to;
  if (!found_.insert(std::move(node)).inserted) {
    fail(path, from, "the files hold the same parameter as '" + to + "' too; one of the two must go.");
  }
}

void WeightFiles::split_rows(const std::string& name, const std::vector<std::string>& parts) {
  const auto place = found_.find(name);
  if (place == found_.end()) return;
  const auto whole = place->second;
  const auto count = static_cast<int64_t>(parts.size());
  if (whole.entry.shape.empty() || whole.entry.shape[0] % count != 0) {
    fail(whole.file->path(), whole.entry.name,
         "expected rows that fall into " + std::to_string(count) + " equal parts, the shape is " +
             shape_text(whole.entry.shape) + ".");
  }
  found_.erase(place);
  const auto bytes = (whole.entry.end - whole.entry.begin) / parts.size();
  for (size_t i = 0; i < parts.size(); ++i) {
    auto part = whole;
    part.entry.shape[0] /= count;
    part.entry.begin += i * bytes;
    part.entry.end = part.entry.begin + bytes;
    if (!found_.try_emplace(parts[i], part).second) {
      fail(whole.file->path(), whole.entry.name,
           "the files hold the same parameter as '" + parts[i] + "' too.");
    }
  }
}

void WeightFiles::transpose(const std::string& name) {
  const auto place = found_.find(name);
  if (place != found_.end() && place->second.entry.shape.size() == 2) {
    place->second.transposed = !place->second.transposed;
  }
}

WeightFiles::Found WeightFiles::take(const std::string& name, at::IntArrayRef shape) {
  const auto place = found_.find(name);
  if (place == found_.end()) {
    throw Error(ErrorCode::model_format,
                paths() + ": " +
                    (read_.count(name) ? "key '" + name + "' is asked for twice."
                                       : "key '" + name + "' of shape " + shape_text(shape) +
                                             " is missing. Do config.json and the weights belong "
                                             "to the same model?"));
  }
  auto found = place->second;
  const auto& [file, entry, transposed] = found;
  auto stored = shape.vec();
  if (transposed) std::reverse(stored.begin(), stored.end());
  if (entry.shape != stored) {
    fail(file->path(), entry.name,
         "expected the shape " + shape_text(stored) + ", the file has " + shape_text(entry.shape) +
             ". Do config.json and the weights belong to the same model?");
  }
  if (!at::isFloatingType(scalar_type(entry.type)))
    fail(file->path(), entry.name, "expected floating-point numbers, got integers.");
  found_.erase(place);
  read_.insert(name);
  return found;
}

at::Tensor WeightFiles::read(const std::string& name, at::IntArrayRef shape) {
  const auto [file, entry, transposed] = take(name, shape);
  const auto type = scalar_type(entry.type);
  at::Tensor tensor;
  if (entry.begin < entry.end && entry.begin % element_size(entry.type) == 0) {
    tensor = mapped_tensor(file, entry.begin, entry.shape, type);
  } else {
    // A header may put a tensor at an odd address, where its bytes must not be viewed as numbers.
    tensor = at::empty(entry.shape, at::TensorOptions().dtype(type));
    if (tensor.numel() > 0)
      std::memcpy(tensor.data_ptr(), file->data() + entry.begin, entry.end - entry.begin);
  }
  if (!transposed) return tensor;
  const auto turned = tensor.t().contiguous();
  release_pages(tensor);
  return turned;
}

at::Tensor WeightFiles::shape_only(const std::string& name, at::IntArrayRef shape) {
  const auto found = take(name, shape);
  return at::empty(shape, at::TensorOptions().dtype(scalar_type(found.entry.type)).device(at::kMeta));
}

void WeightFiles::expect_all_read() const {
  if (found_.empty()) return;
  const auto& [name, found] = *found_.begin();
  const auto others = found_.size() - 1;
  fail(found.file->path(), found.entry.name,
       "no part of the model asks for this key" +
           (others > 0 ? " (nor for " + std::to_string(others) + " others)" : std::string()) +
           ". Do config.json and the weights belong to the same model?");
}

std::string WeightFiles::paths() const {
  std::string text = "'" + paths_.front() + "'";
  if (paths_.size() > 1) text += " and " + std::to_string(paths_.size() - 1) + " more files";
  return text;
}

}  // namespace synood
