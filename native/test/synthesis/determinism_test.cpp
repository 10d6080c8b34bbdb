#include <gtest/gtest.h>

#include "engine/random.h"
#include "synthesis/synthesis.h"
#include "test/diffusion/fixtures.h"
#include "test/synthesis/session.h"

namespace synood::test {
namespace {

// With real layers (convolutions, attention, norms) of the tiny fixture models: what a sample becomes.
class Determinism : public testing::TestWithParam<std::string> {
 protected:
  static constexpr int64_t kSide = 32;

  Determinism() : models("inpaint/" + GetParam()), golden(Fixture::open("inpaint/" + GetParam())) {
    const auto folder = Fixture::open("resnet/basic");
    classifier = load_classifier({}, resnet_spec(folder.config()), folder.weight_source("model"));
    half.slice(1, 0, kSide / 2).zero_();
  }

  SynthesisOptions options(int64_t batch) const {
    SynthesisOptions out;
    out.batch_size = batch;
    out.height = out.width = kSide;
    out.steps = 4;
    out.boundary = -100;
    out.max_iterations = 3;
    out.transform.resize = out.transform.crop = 24;
    return out;
  }

  std::shared_ptr<Synthesizer> session(int64_t batch) {
    return create_synthesizer({}, models.unet, models.vae, models.text_encoder, classifier, options(batch));
  }

  void place(Synthesizer& synthesizer, int64_t slot, int64_t number) {
    auto& image = images.emplace_back(SampleRandom(number).uniform({3, kSide, kSide}) * 2 - 1);
    SynthesisItem item;
    item.seed = static_cast<uint64_t>(number);
    item.image = view(image);
    item.mask = view(half);
    ids.push_back(golden.tensor("input_ids")[number % 2].contiguous());
    ids.push_back(golden.tensor("negative_input_ids")[0].contiguous());
    item.ids = view(ids[ids.size() - 2]);
    item.negative_ids = view(ids.back());
    synthesizer.place(slot, item);
  }

  Pipeline models;
  Fixture golden;
  std::shared_ptr<ClassifierModel> classifier;
  at::Tensor half = at::ones({1, kSide, kSide});
  std::vector<at::Tensor> images, ids;
};

TEST_P(Determinism, TheSameBytesAloneBesideOthersInAnotherPlaceAndLater) {
  const auto alone = session(3);
  place(*alone, 0, 7);
  const auto expected = fakes::finish(*alone, 0);

  const auto crowd = session(3);
  place(*crowd, 1, 8);
  crowd->iterate({});
  place(*crowd, 0, 9);
  crowd->iterate({});
  place(*crowd, 2, 7);
  EXPECT_EQ(fakes::finish(*crowd, 2), expected);
}

TEST_P(Determinism, AnotherBatchSizeAgreesWithinOneGreyLevel) {
  std::vector<fakes::Trace> traces;
  for (const int64_t batch : {1, 2, 4}) {
    const auto synthesizer = session(batch);
    place(*synthesizer, 0, 7);
    traces.push_back(fakes::finish(*synthesizer, 0));
  }
  const size_t pixels = 3 * kSide * kSide;
  for (const auto& trace : traces) {
    ASSERT_EQ(trace.size(), traces[0].size());
    for (size_t i = trace.size() - pixels; i < trace.size(); ++i)
      ASSERT_NEAR(trace[i], traces[0][i], 1.0 / 255);
  }
}

INSTANTIATE_TEST_SUITE_P(BothLayouts, Determinism, testing::Values("pipeline-9ch", "pipeline-4ch"),
                         [](const auto& info) { return info.param == "pipeline-9ch" ? "Nine" : "Four"; });

}  // namespace
}  // namespace synood::test
