#pragma once

// What tests ask of every model in the same way.

#include <gtest/gtest.h>

#include <set>

#include "synood/error.h"
#include "synood/models.h"
#include "test/support/fixture.h"

namespace synood::test {

inline std::map<std::string, std::vector<int64_t>> shapes(const Model& model) {
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const auto& [name, tensor] : model.state()) shapes[name] = tensor.shape;
  return shapes;
}

inline std::map<std::string, std::vector<int64_t>> shapes(const WeightSource& source) {
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const auto& file : source.files) {
    for (const auto& entry : file.entries) shapes[entry.name] = entry.shape;
  }
  return shapes;
}

// The same source with the entries changed by f.
template <typename F>
WeightSource changed(WeightSource source, F f) {
  for (auto& file : source.files) {
    std::vector<WeightEntry> entries;
    for (auto& entry : file.entries) {
      if (f(entry)) entries.push_back(entry);
    }
    file.entries = entries;
  }
  return source;
}

// `load` must refuse the source when this key is missing, has another shape or another name, and say so.
inline void expect_key_is_checked(const WeightSource& source, const std::string& key,
                                  const std::function<void(const WeightSource&)>& load) {
  const auto expect_refused = [&](const std::string& named, const std::function<bool(WeightEntry&)>& change) {
    try {
      load(changed(source, change));
      ADD_FAILURE() << "a change of " << key << " went unnoticed";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model_format) << error.what();
      EXPECT_NE(std::string(error.what()).find("'" + named + "'"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(source.files[0].path), std::string::npos) << error.what();
    }
  };
  expect_refused(key, [&](WeightEntry& entry) { return entry.name != key; });
  expect_refused(key, [&](WeightEntry& entry) {
    if (entry.name == key) entry.shape.push_back(1);
    return true;
  });
  auto surplus = source;
  surplus.files[0].entries.push_back({"unheard_of", ElementType::f32, {0}, 0, 0});
  EXPECT_THROW(load(surplus), Error);
}

}  // namespace synood::test
