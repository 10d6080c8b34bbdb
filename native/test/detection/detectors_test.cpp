// Every detector's computation beside its published formula: scripts/golden/detectors.py.

#include <gtest/gtest.h>

#include "detection/detection.h"
#include "detection/odin.h"
#include "engine/random.h"
#include "test/support/fixture.h"
#include "test/support/specs.h"

namespace synood {
namespace {

using test::as_tensor;
using test::difference;
using test::Fixture;
using test::relative_difference;
using test::view;

class DetectorsGolden : public testing::Test {
 protected:
  using Named = std::map<std::string, at::Tensor>;

  Named compute(const std::string& operation, const Named& tensors,
                std::map<std::string, double> numbers = {}, std::map<std::string, std::string> words = {}) {
    DetectionCall call{operation, {}, std::move(numbers), std::move(words)};
    for (const auto& [name, tensor] : tensors) call.tensors.push_back({name, view(tensor)});
    Named results;
    for (const auto& [name, tensor] : create_detection({})->compute(call, {}))
      results.emplace(name, as_tensor(tensor));
    return results;
  }
  at::Tensor scores(const std::string& operation, const Named& tensors,
                    std::map<std::string, double> numbers = {},
                    std::map<std::string, std::string> words = {}) {
    return compute(operation, tensors, std::move(numbers), std::move(words)).at("scores");
  }
  std::string refusal(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error_code_name(error.code());
    }
    return "none";
  }
  const at::Tensor& of(const std::string& name) const { return golden.tensor(name); }
  at::Tensor expected(const std::string& name) const { return golden.tensor("score/" + name); }
  Named head() const { return {{"features", of("test")}, {"weight", of("weight")}, {"bias", of("bias")}}; }

  const Fixture golden = Fixture::open("detectors");
};

TEST_F(DetectorsGolden, StatisticsOfLogits) {
  for (const auto& [name, statistic, temperature] :
       std::vector<std::tuple<std::string, std::string, double>>{{"msp", "msp", 1},
                                                                 {"max_logit", "max_logit", 1},
                                                                 {"energy", "energy", 1},
                                                                 {"energy_T5", "energy", 5}}) {
    const std::map<std::string, double> numbers{{"temperature", temperature}};
    const std::map<std::string, std::string> words{{"statistic", statistic}};
    EXPECT_LT(relative_difference(scores("linear-scores", head(), numbers, words), expected(name)), 1e-6);
    EXPECT_LT(relative_difference(scores("logit-scores", {{"logits", of("logits")}}, numbers, words),
                                  expected(name)),
              1e-6);
  }
  EXPECT_LT(relative_difference(compute("linear-logits", head()).at("logits"), of("logits")), 1e-6);
}

TEST_F(DetectorsGolden, React) {
  const double limit = golden.parameters().at("react_limit");
  const auto found = compute("activation-quantile", {{"features", of("train")}}, {{"quantile", 0.9}});
  EXPECT_NEAR(found.at("value").item<double>(), limit, 1e-6 * limit);
  const auto react =
      scores("linear-scores", head(), {{"temperature", 1}, {"limit", limit}}, {{"statistic", "energy"}});
  EXPECT_LT(relative_difference(react, expected("react")), 1e-6);
}

TEST_F(DetectorsGolden, Neighbours) {
  for (const int k : {5, 50})
    EXPECT_LT(difference(scores("neighbour-scores", {{"features", of("test")}, {"bank", of("train")}},
                                {{"neighbours", static_cast<double>(k)}}),
                         expected("knn_" + std::to_string(k))),
              1e-6);
}

TEST_F(DetectorsGolden, NeighboursInALargeBankAreThoseOfASort) {
  SampleRandom random(3);
  const auto bank = random.normal({40000, 5}), rows = random.normal({300, 5});
  const auto found =
      scores("neighbour-scores", {{"features", rows}, {"bank", bank}}, {{"neighbours", 20000}});
  const auto unit = [](const at::Tensor& x) {
    return x.to(at::kDouble) / x.to(at::kDouble).square().sum(1, true).sqrt();
  };
  const auto squared = 2 - 2 * at::matmul(unit(rows), unit(bank).t());
  EXPECT_LT(difference(-found, std::get<0>(squared.sort(1)).select(1, 19999)), 1e-5);
}

TEST_F(DetectorsGolden, Mahalanobis) {
  const auto made =
      compute("class-gaussians", {{"features", of("train")}, {"labels", of("labels")}}, {{"classes", 7}});
  const auto found =
      scores("mahalanobis-scores",
             {{"features", of("test")}, {"means", made.at("means")}, {"whitening", made.at("whitening")}});
  EXPECT_LT(relative_difference(found, expected("mahalanobis")), 1e-6);
}

TEST_F(DetectorsGolden, ASingularCovarianceHasAPseudoInverse) {
  // A column that is the sum of two others, and one that is always nothing.
  auto train = of("train").clone();
  train.select(1, 3).copy_(train.select(1, 1) + train.select(1, 2));
  train.select(1, 5).zero_();
  const auto made =
      compute("class-gaussians", {{"features", train}, {"labels", of("labels")}}, {{"classes", 7}});
  const auto values = made.at("whitening").square().sum(at::IntArrayRef{0});
  EXPECT_EQ(values.eq(0).sum().item<int64_t>(), 2);
  EXPECT_TRUE(at::isfinite(made.at("whitening")).all().item<bool>());
}

TEST_F(DetectorsGolden, VirtualLogit) {
  auto tensors = head();
  tensors["features"] = of("train");
  const auto made =
      compute("residual-space", tensors, {{"dimension", golden.parameters().at("vim_dimension")}});
  const double alpha = golden.parameters().at("vim_alpha");
  EXPECT_NEAR(made.at("alpha").item<double>(), alpha, 1e-6 * alpha);
  tensors.insert(made.begin(), made.end());
  tensors["features"] = of("test");
  EXPECT_LT(relative_difference(scores("virtual-logit-scores", tensors), expected("vim")), 1e-6);
}

TEST_F(DetectorsGolden, Concepts) {
  const std::map<std::string, at::Tensor> tensors{{"features", of("images")}, {"concepts", of("concepts")}};
  const auto mcm = [&](double temperature) {
    return scores("concept-scores", tensors, {{"temperature", temperature}}, {{"statistic", "msp"}});
  };
  EXPECT_LT(difference(mcm(1), expected("mcm")), 1e-6);
  EXPECT_LT(difference(mcm(0.1), expected("mcm_T01")), 1e-6);
  auto pair = tensors;
  pair["negated"] = of("negated");
  for (const auto& [name, rule] :
       std::map<std::string, std::string>{{"clipn_ctw", "competing"}, {"clipn_atd", "agreeing"}})
    EXPECT_LT(
        difference(scores("negated-concept-scores", pair, {{"scale", 10}}, {{"rule", rule}}), expected(name)),
        2e-6);
  auto learned = tensors;
  learned["negatives"] = of("learned_negatives");
  EXPECT_LT(difference(
                scores("learned-negative-scores", learned, {{"temperature", 1}, {"negative_temperature", 5}}),
                expected("lsn")),
            1e-6);
}

TEST_F(DetectorsGolden, OdinIsAutogradsPerturbation) {
  const auto folder = Fixture::open("resnet/basic");
  const auto model = load_classifier({}, test::resnet_spec(folder.config()), folder.weight_source("model"));
  const auto detection = create_detection({});
  for (const auto& [temperature, epsilon, name] : std::vector<std::tuple<double, double, std::string>>{
           {1000, 0.0014, "odin_T1000_e0.0014/"}, {10, 0.0028, "odin_T10_e0.0028/"}}) {
    const OdinOptions options{temperature, epsilon, {0.229, 0.224, 0.225}};
    const auto moved = odin_perturbation(*model, of("pixels"), options);
    // A gradient so small that its sign is rounding may go the other way, in hardly any pixel.
    const auto wrong = (moved - of(name + "pixels")).abs().gt(1e-5).to(at::kDouble).mean().item<double>();
    EXPECT_LT(wrong, 2e-4) << name;
    const auto logits = as_tensor(detection->odin_logits(*model, view(of("pixels")), options, 2, {}));
    EXPECT_LT(relative_difference(logits, of(name + "logits")), 1e-4) << name;
    const auto found =
        scores("logit-scores", {{"logits", logits}}, {{"temperature", temperature}}, {{"statistic", "msp"}});
    EXPECT_LT(difference(found, of(name + "score")), 1e-5) << name;
  }
}

TEST_F(DetectorsGolden, WhatDoesNotFitIsRefused) {
  const auto& test = of("test");
  EXPECT_EQ(refusal([&] { compute("sorcery", {}); }), "ERR_VALUE");
  EXPECT_EQ(refusal([&] { compute("linear-logits", {{"features", test}}); }), "ERR_VALUE");
  EXPECT_EQ(refusal([&] {
              compute("linear-logits",
                      {{"features", of("images")}, {"weight", of("weight")}, {"bias", of("bias")}});
            }),
            "ERR_SHAPE");
  EXPECT_EQ(refusal([&] {
              scores("neighbour-scores", {{"features", test}, {"bank", of("train")}}, {{"neighbours", 211}});
            }),
            "ERR_VALUE");
  EXPECT_EQ(
      refusal([&] {
        compute("class-gaussians", {{"features", of("train")}, {"labels", of("labels")}}, {{"classes", 8}});
      }),
      "ERR_VALUE");
  EXPECT_EQ(refusal([&] {
              compute("residual-space", {{"features", test}, {"weight", of("weight")}, {"bias", of("bias")}},
                      {{"dimension", 24}});
            }),
            "ERR_VALUE");
  EXPECT_EQ(refusal([&] {
              scores("logit-scores", {{"logits", test}}, {{"temperature", 0}}, {{"statistic", "msp"}});
            }),
            "ERR_VALUE");
}

}  // namespace
}  // namespace synood
