#pragma once

#include "reader.h"

// {batchSize, pad, onProgress} of calls that go through many rows.
struct BatchOptions {
  int64_t batch_size = 32;
  bool pad = true;
  Napi::Value on_progress;

  explicit BatchOptions(const Napi::Value& value) {
    const Reader reader(value);
    reader.get("batchSize", batch_size);
    reader.get("pad", pad);
    on_progress = reader.at("onProgress");
  }
};
