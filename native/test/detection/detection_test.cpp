#include "detection/detection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace synood {
namespace {

struct Rows {
  std::vector<float> data;
  int64_t count, width;

  Rows(int64_t count, int64_t width, unsigned seed) : count(count), width(width) {
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal;
    data.resize(static_cast<size_t>(count * width));
    for (auto& value : data) value = normal(engine);
  }
  TensorView view() const { return {data.data(), ElementType::f32, {count, width}}; }
  TensorView view(int64_t from, int64_t to) const {
    return {data.data() + from * width, ElementType::f32, {to - from, width}};
  }
  double cosine(int64_t row, const Rows& other, int64_t column) const {
    double dot = 0, left = 0, right = 0;
    for (int64_t i = 0; i < width; ++i) {
      const double a = data[row * width + i], b = other.data[column * width + i];
      dot += a * b, left += a * a, right += b * b;
    }
    return dot / std::sqrt(left * right);
  }
};

// The formula as it is written, term by term.
double naive_score(const Rows& features, int64_t row, const Rows& positives, const Rows& negatives,
                   int64_t groups, double temperature) {
  const int64_t size = negatives.count / groups;
  double positive = 0, mean = 0;
  for (int64_t c = 0; c < positives.count; ++c)
    positive += std::exp(features.cosine(row, positives, c) / temperature);
  for (int64_t g = 0; g < groups; ++g) {
    double negative = 0;
    for (int64_t m = g * size; m < (g + 1) * size; ++m)
      negative += std::exp(features.cosine(row, negatives, m) / temperature);
    mean += positive / (positive + negative) / static_cast<double>(groups);
  }
  return mean;
}

class DetectionTest : public testing::Test {
 protected:
  std::shared_ptr<Detection> detection = create_detection({});
};

TEST_F(DetectionTest, NegLabelIsTheFormulaWithTrailingNegativesLeftOut) {
  const Rows features(150, 24, 1), positives(7, 24, 2), negatives(53, 24, 3);
  for (const int64_t groups : {1, 5, 10, 53}) {
    const auto scores =
        detection->neg_label_score(features.view(), positives.view(), negatives.view(), {groups, 0.05}, {});
    ASSERT_EQ(scores.shape, std::vector<int64_t>({150}));
    for (int64_t n = 0; n < 150; ++n)
      EXPECT_NEAR(scores.data[n], naive_score(features, n, positives, negatives, groups, 0.05), 2e-6);
  }
}

TEST_F(DetectionTest, NegLabelStaysFiniteAtExtremeTemperatures) {
  Rows feature(1, 2, 1), positive(1, 2, 1), negatives(2, 2, 1);
  feature.data = {1, 0};
  positive.data = {1, 1};
  negatives.data = {1, 0, 0, 1};  // nearer than the positive one, and farther
  const auto score = [&](int64_t groups) {
    return detection->neg_label_score(feature.view(), positive.view(), negatives.view(), {groups, 1e-4}, {})
        .data[0];
  };
  EXPECT_FLOAT_EQ(score(2), 0.5);
  EXPECT_FLOAT_EQ(score(1), 0);
}

TEST_F(DetectionTest, AScoreHasTheSameBitsAloneAndAmongOthers) {
  const Rows features(131, 32, 4), positives(9, 32, 5), negatives(200, 32, 6);
  const auto all = detection->neg_label_score(features.view(), positives.view(), negatives.view(), {}, {});
  for (const int64_t n : {0, 63, 64, 130}) {
    const auto one =
        detection->neg_label_score(features.view(n, n + 1), positives.view(), negatives.view(), {}, {});
    EXPECT_EQ(one.data[0], all.data[n]);
  }
}

TEST_F(DetectionTest, NegLabelRefusesWhatItCannotScore) {
  const Rows features(2, 8, 1), other(2, 9, 1);
  const auto code = [&](const Rows& f, const Rows& n, NegLabelOptions options) {
    try {
      detection->neg_label_score(f.view(), features.view(), n.view(), options, {});
    } catch (const Error& error) {
      return std::string(error_code_name(error.code()));
    }
    return std::string("none");
  };
  EXPECT_EQ(code(features, features, {3, 0.01}), "ERR_VALUE");
  EXPECT_EQ(code(features, features, {1, 0}), "ERR_VALUE");
  EXPECT_EQ(code(features, other, {1, 0.01}), "ERR_SHAPE");
  int32_t cancelled = 1;
  EXPECT_THROW(detection->neg_label_score(features.view(), features.view(), features.view(), {1, 0.01},
                                          JobControl(&cancelled, {})),
               Error);
}

TEST_F(DetectionTest, CandidateDistancesAreInterpolatedQuantiles) {
  const Rows candidates(300, 16, 7);
  for (const int64_t classes : {1, 2, 20, 33}) {
    const Rows positives(classes, 16, 8);
    for (const double quantile : {0.0, 0.05, 0.5, 0.95, 1.0}) {
      const auto distances =
          detection->candidate_distances(candidates.view(), positives.view(), quantile, {});
      for (int64_t m = 0; m < 300; m += 37) {
        std::vector<double> cosines;
        for (int64_t c = 0; c < classes; ++c) cosines.push_back(candidates.cosine(m, positives, c));
        std::sort(cosines.begin(), cosines.end());
        const double rank = quantile * static_cast<double>(classes - 1);
        const auto below = static_cast<size_t>(rank);
        const auto above = std::min(below + 1, cosines.size() - 1);
        const double expected =
            cosines[below] + (cosines[above] - cosines[below]) * (rank - static_cast<double>(below));
        EXPECT_NEAR(distances.data[m], expected, 1e-6);
      }
    }
  }
}

TEST_F(DetectionTest, CosinesOfEveryPair) {
  const Rows rows(70, 12, 9), columns(5, 12, 10);
  const auto cosines = detection->cosines(rows.view(), columns.view());
  ASSERT_EQ(cosines.shape, std::vector<int64_t>({70, 5}));
  for (int64_t n = 0; n < 70; ++n)
    for (int64_t m = 0; m < 5; ++m) EXPECT_NEAR(cosines.data[n * 5 + m], rows.cosine(n, columns, m), 1e-6);
}

TEST_F(DetectionTest, ProjectionIsTheFormula) {
  const int64_t width = 10;
  const Rows features(66, width, 11), weight(width, width, 12), vectors(3, width, 13);
  const auto vector = [&](int64_t i) {
    return TensorView{vectors.data.data() + i * width, ElementType::f32, {width}};
  };
  const auto projected = detection->project(features.view(), weight.view(), vector(0), vector(1), vector(2));
  for (const int64_t n : {0, 65}) {
    std::vector<double> hidden(width), out(width);
    double mean = 0, variance = 0, norm = 0;
    for (int64_t i = 0; i < width; ++i) {
      hidden[i] = vectors.data[i];
      for (int64_t j = 0; j < width; ++j)
        hidden[i] += static_cast<double>(weight.data[i * width + j]) * features.data[n * width + j];
      mean += hidden[i] / width;
    }
    for (int64_t i = 0; i < width; ++i) variance += (hidden[i] - mean) * (hidden[i] - mean) / width;
    for (int64_t i = 0; i < width; ++i) {
      const double normed = (hidden[i] - mean) / std::sqrt(variance + 1e-5) * vectors.data[width + i] +
                            vectors.data[2 * width + i];
      out[i] = features.data[n * width + i] + std::max(0.0, normed);
      norm += out[i] * out[i];
    }
    for (int64_t i = 0; i < width; ++i)
      EXPECT_NEAR(projected.data[n * width + i], out[i] / std::sqrt(norm), 1e-5);
  }
}

}  // namespace
}  // namespace synood
