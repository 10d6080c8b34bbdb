#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

#include "synood/error.h"
#include "test/support/fixture.h"
#include "weights/parameters.h"

namespace synood {
namespace {

// A file of so many floats 0, 1, 2, ... that is gone after the test.
class FloatFile {
 public:
  explicit FloatFile(int count, const std::string& name = "weights") {
    path = (std::filesystem::temp_directory_path() /
            ("synood-" + std::to_string(getpid()) + "-" + name + ".safetensors"))
               .string();
    std::ofstream stream(path, std::ios::binary);
    for (int i = 0; i < count; ++i) {
      const auto value = static_cast<float>(i);
      stream.write(reinterpret_cast<const char*>(&value), sizeof(value));
    }
  }
  ~FloatFile() { std::filesystem::remove(path); }
  std::string path;
};

WeightEntry entry(const std::string& name, std::vector<int64_t> shape, uint64_t begin, uint64_t end) {
  return {name, ElementType::f32, std::move(shape), begin, end};
}

// The message of the error of this code that f throws; empty if it throws none.
std::string message_of(ErrorCode code, const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "";
}

void expect_refused(const WeightFile& file, const std::string& key) {
  const auto message = message_of(ErrorCode::model_format, [&] { ParameterStore({{file}, 0}, {}); });
  EXPECT_NE(message.find(file.path), std::string::npos) << message;
  EXPECT_NE(message.find("'" + key + "'"), std::string::npos) << message;
}

TEST(WeightFiles, ReadsWhatTheOffsetsSay) {
  const FloatFile file(6);
  ParameterStore store({{{file.path, {entry("a", {2}, 16, 24), entry("b.weight", {2, 2}, 0, 16)}}}, 0}, {});
  const auto b = store.root().sub("b").take("weight", {2, 2}, Init::zeros());
  const auto a = store.root().take("a", {2}, Init::zeros());
  store.finish();
  EXPECT_TRUE(at::equal(b, at::tensor({0.f, 1.f, 2.f, 3.f}).view({2, 2})));
  EXPECT_TRUE(at::equal(a, at::tensor({4.f, 5.f})));
  EXPECT_FALSE(a.requires_grad());
  EXPECT_EQ(store.bytes(), 24);
}

TEST(WeightFiles, ReadsNumbersAtOddAddresses) {
  const FloatFile file(3);
  ParameterStore store({{{file.path, {entry("a", {2}, 1, 9)}}}, 0}, {});
  EXPECT_EQ(store.root().take("a", {2}, Init::zeros()).numel(), 2);
}

TEST(WeightFiles, RefusesOffsetsBeyondTheFile) {
  const FloatFile file(4);
  expect_refused({file.path, {entry("far", {2}, 12, 20)}}, "far");
  expect_refused({file.path, {entry("far", {2}, ~uint64_t{0} - 8, ~uint64_t{0})}}, "far");
}

TEST(WeightFiles, RefusesATruncatedFile) {
  const auto source = test::Fixture::open("clip/gelu").weight_source("model").files.at(0);
  const auto cut = std::filesystem::temp_directory_path() / ("synood-cut-" + std::to_string(getpid()));
  std::filesystem::copy_file(source.path, cut, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) - 100);
  const auto message = message_of(ErrorCode::model_format, [&] {
    ParameterStore({{{cut.string(), source.entries}}, 0}, {});
  });
  std::filesystem::remove(cut);
  EXPECT_NE(message.find("truncated"), std::string::npos) << message;
}

TEST(WeightFiles, RefusesBytesThatDoNotFitTheShape) {
  const FloatFile file(4);
  expect_refused({file.path, {entry("odd", {3}, 0, 16)}}, "odd");
  expect_refused({file.path, {entry("odd", {-1}, 0, 0)}}, "odd");
  expect_refused({file.path, {entry("odd", {1, 2}, 8, 0)}}, "odd");
  expect_refused({file.path, {entry("odd", {int64_t{1} << 62, 4, 4}, 0, 0)}}, "odd");
}

TEST(WeightFiles, RefusesOverlappingRanges) {
  const FloatFile file(4);
  expect_refused({file.path, {entry("second", {2}, 4, 12), entry("first", {2}, 0, 8)}}, "second");
}

TEST(WeightFiles, RefusesAKeyThatTwoShardsHold) {
  const FloatFile one(2, "one"), two(2, "two");
  const auto message = message_of(ErrorCode::model_format, [&] {
    ParameterStore({{{one.path, {entry("same", {2}, 0, 8)}}, {two.path, {entry("same", {2}, 0, 8)}}}, 0}, {});
  });
  EXPECT_NE(message.find(one.path), std::string::npos) << message;
  EXPECT_NE(message.find(two.path), std::string::npos) << message;
}

TEST(WeightFiles, RefusesFilesThatCannotBeRead) {
  message_of(ErrorCode::io, [] { ParameterStore({{{"/no/such/file", {}}}, 0}, {}); });
  const auto message = message_of(ErrorCode::io, [] {
    ParameterStore({{{std::filesystem::temp_directory_path().string(), {}}}, 0}, {});
  });
  EXPECT_NE(message.find("regular file"), std::string::npos) << message;
}

TEST(WeightFiles, NamesTheKeyThatIsMissingMisshapenOrLeftOver) {
  const FloatFile file(4);
  ParameterStore store({{{file.path, {entry("a", {2}, 0, 8), entry("left", {2}, 8, 16)}}}, 0}, {});
  const auto root = store.root();
  const auto take = [&](const std::string& name, int64_t size) {
    return message_of(ErrorCode::model_format, [&] { root.take(name, {size}, Init::zeros()); });
  };
  const auto missing = take("absent", 2);
  EXPECT_NE(missing.find("'absent'"), std::string::npos) << missing;
  EXPECT_NE(missing.find(file.path), std::string::npos) << missing;
  const auto misshapen = take("a", 3);
  EXPECT_NE(misshapen.find("(3)"), std::string::npos) << misshapen;
  EXPECT_NE(misshapen.find("(2)"), std::string::npos) << misshapen;
  EXPECT_EQ(take("a", 2), "");
  const auto twice = take("a", 2);
  EXPECT_NE(twice.find("twice"), std::string::npos) << twice;
  const auto left = message_of(ErrorCode::model_format, [&] { store.finish(); });
  EXPECT_NE(left.find("'left'"), std::string::npos) << left;
}

TEST(WeightFiles, ConvertsTypesToTheRuntimes) {
  const FloatFile file(4);
  WeightFile half{file.path,
                  {{"h", ElementType::f16, {2}, 4, 8},
                   {"d", ElementType::f64, {1}, 8, 16},
                   {"b", ElementType::bf16, {2}, 0, 4}}};
  ParameterStore store({{half}, 0}, {});
  // 1.0f is the bytes 00 00 80 3f: as two halves 0 and 1.875, as two bfloat16 0 and 1
  EXPECT_TRUE(at::equal(store.root().take("h", {2}, Init::zeros()), at::tensor({0.f, 1.875f})));
  EXPECT_EQ(store.root().take("d", {1}, Init::zeros()).scalar_type(), at::kFloat);
  ParameterStore in_half({{{file.path, {entry("a", {4}, 0, 16)}}}, 0}, {at::kCPU, at::kHalf});
  EXPECT_EQ(in_half.root().take("a", {4}, Init::zeros()).scalar_type(), at::kHalf);
  ParameterStore buffers({{{file.path, {entry("a", {4}, 0, 16)}}}, 0}, {at::kCPU, at::kHalf});
  EXPECT_EQ(buffers.root().take_buffer("a", {4}, Init::zeros()).scalar_type(), at::kFloat);
}

TEST(WeightFiles, RefusesIntegersAsParameters) {
  const FloatFile file(4);
  ParameterStore store({{{file.path, {{"a", ElementType::i64, {2}, 0, 16}}}}, 0}, {});
  const auto message =
      message_of(ErrorCode::model_format, [&] { store.root().take("a", {2}, Init::zeros()); });
  EXPECT_NE(message.find("'a'"), std::string::npos) << message;
}

TEST(WeightFiles, RenamesAndIgnores) {
  const FloatFile file(4);
  const WeightFile one{file.path, {entry("old", {2}, 0, 8), entry("counter", {2}, 8, 16)}};
  ParameterStore store({{one}, 0}, {});
  store.rename("old", "new");
  store.rename("nobody", "anybody");
  store.ignore("counter");
  EXPECT_EQ(store.names(), std::vector<std::string>{"new"});
  store.root().take("new", {2}, Init::zeros());
  EXPECT_NO_THROW(store.finish());

  ParameterStore both({{one}, 0}, {});
  const auto message = message_of(ErrorCode::model_format, [&] { both.rename("old", "counter"); });
  EXPECT_NE(message.find("'old'"), std::string::npos) << message;
}

}  // namespace
}  // namespace synood
