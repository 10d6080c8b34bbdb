#pragma once

#include <ATen/ATen.h>

#include <map>
#include <string>
#include <vector>

#include "engine/random.h"
#include "engine/runtime.h"
#include "synood/training.h"

namespace synood {

// One named tensor that a training loop reads.
struct Field {
  enum class Kind { real, integer } kind = Kind::real;
  std::string name;
  int64_t dimensions = 2;  // its first one counts samples, or steps
  bool required = true;
  bool per_step = false;  // (steps, B, ...): draws given from outside, a row for each step of this run
};

// The caller's tensors, borrowed where they lie on the host.
class DataPool {
 public:
  // Checks names, types, ranks and that all fields hold equally many samples, and every number of `order`
  // (steps, B).
  DataPool(const std::vector<NamedView>& data, const std::vector<Field>& fields, const TensorView& order);

  bool has(const std::string& name) const { return tensors_.count(name) != 0; }
  const at::Tensor& at(const std::string& name) const;  // on the host
  const at::Tensor& order() const { return order_; }
  int64_t steps() const { return order_.size(0); }
  int64_t batch_size() const { return order_.size(1); }

  // (-1 stands for any size); ERR_SHAPE that says what was expected
  void expect_sizes(const std::string& name, at::IntArrayRef sizes) const;
  // ERR_VALUE unless all numbers of the field lie in [0, bound), or in [lowest, bound)
  void expect_below(const std::string& name, int64_t bound) const { expect_between(name, 0, bound); }
  void expect_between(const std::string& name, int64_t lowest, int64_t bound) const;

 private:
  std::map<std::string, at::Tensor> tensors_;
  at::Tensor order_;
};

// The samples of one step, or `size` of them from place `first` on, gathered as they are asked for.
class Batch {
 public:
  Batch(const DataPool& pool, Runtime runtime, int64_t row, uint64_t step_seed, int64_t first, int64_t size)
      : pool_(pool),
        runtime_(runtime),
        row_(row),
        step_seed_(step_seed),
        first_(first),
        samples_(pool.order()[row].narrow(0, first, size)) {}

  int64_t size() const { return samples_.size(0); }
  bool has(const std::string& name) const { return pool_.has(name); }

  // (B, ...) on the device: float32, or int64 of an integer field
  at::Tensor gather(const std::string& name) const;
  // The same into `rows` (B, ...), a buffer on the host of the field's own type.
  void gather_into(const std::string& name, at::Tensor& rows) const;
  // u8 pixels become (x / 255 - mean) / std, augmented; others are taken as they are
  at::Tensor pixels(const std::string& name, const TrainerOptions& options) const;
  // (B, L): one of each sample's captions (N, M, L), the first `counts` (N) of them where those are given
  at::Tensor caption(const std::string& name, const std::string& counts) const;
  // This step's row of a per-step field.
  at::Tensor given(const std::string& name) const;
  // The stream of one place: from the trainer's seed, the step and the place alone, so that a run that was
  // cut off draws the same numbers.
  // `purpose` tells streams of one place apart.
  enum class Purpose : uint64_t { noise, augmentation, caption };
  SampleRandom random(int64_t place, Purpose purpose = Purpose::noise) const;

 private:
  at::Tensor to_device(const at::Tensor& tensor) const;
  at::Tensor augmented(const at::Tensor& pixels, const Augmentation& augmentation) const;

  const DataPool& pool_;
  Runtime runtime_;
  int64_t row_;
  uint64_t step_seed_;
  int64_t first_;
  at::Tensor samples_;
};

}  // namespace synood
