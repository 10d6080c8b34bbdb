#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "synood/error.h"
#include "synthesis/score.h"
#include "test/synthesis/session.h"

namespace synood {
namespace {

using fakes::finish;
using fakes::OwnedItem;
using fakes::Session;
using fakes::Trace;

Trace alone(const SynthesisOptions& options, int64_t number, int64_t channels = 9) {
  Session session(options, channels);
  const OwnedItem own(number, false);
  session->place(0, own.item);
  return finish(*session, 0);
}

TEST(Synthesizer, ASampleDoesNotDependOnNeighboursPlaceOrWhenItCame) {
  for (const int64_t channels : {9, 4}) {
    for (const char* kind : {"ddim", "pndm"}) {
      auto options = fakes::options();
      options.scheduler.kind = kind;
      const auto expected = alone(options, 1, channels);
      ASSERT_GT(expected.size(), 3 * 16 * 16u);

      Session session(options, channels);
      const OwnedItem first(2), second(3, false), own(1, false);
      session->place(0, first.item);
      session->iterate({});
      session->place(1, second.item);
      session->iterate({});
      session->place(2, own.item);
      EXPECT_EQ(finish(*session, 2), expected);
    }
  }
}

TEST(Synthesizer, TheSearchMovesTheScoreTowardsItsBoundary) {
  auto options = fakes::options();
  options.max_iterations = 8;
  Session session(options);
  const OwnedItem own(1);
  session->place(0, own.item);
  double first = 0, last = 0;
  for (int64_t i = 0; i < 8; ++i) {
    const auto report = session->iterate({}).at(0);
    (i == 0 ? first : last) = report.score;
  }
  EXPECT_LT(last, first - 0.1);  // the boundary lies below
}

TEST(Synthesizer, ASampleStopsAtTheBoundaryAndKeepsTheImageItsScoreBelongsTo) {
  auto options = fakes::options();
  Session probe(options);
  const OwnedItem own(1), other(2);
  probe->place(0, own.item);
  probe->iterate({});
  const auto second = probe->iterate({}).at(0).score;

  // On the boundary's same side the gradient's direction is the same, and its length is normalised away.
  options.boundary = second;
  options.tolerance = 1e-3;
  Session session(options);
  session->place(0, own.item);
  session->place(1, other.item);
  EXPECT_FALSE(session->iterate({}).at(0).finished);
  const auto report = session->iterate({}).at(0);
  EXPECT_TRUE(report.finished && report.accepted);
  EXPECT_EQ(report.reason, "boundary");
  EXPECT_EQ(report.gradient_norm, 0);
  EXPECT_NEAR(report.score, second, options.tolerance);
  EXPECT_EQ(session->iterate({}).size(), 1u);  // only the other goes on
  while (!session->iterate({}).empty()) {
  }
  const auto image = session->take(0);
  const auto pixels = borrow({image.data.data(), ElementType::f32, {1, 3, fakes::kSize, fakes::kSize}});
  const auto logits = session.classifier->forward(transform_pixels(pixels, options.transform), false);
  EXPECT_NEAR(energy_score(logits, 1).item<double>(), report.score, 1e-5);
}

TEST(Synthesizer, AnAbortedIterationRunsAgainWithTheSameResult) {
  const auto options = fakes::options();
  const auto expected = alone(options, 1);
  Session session(options);
  const OwnedItem own(1, false);
  session->place(0, own.item);
  session->iterate({});
  int32_t cancel = 0;
  const JobControl control(&cancel, [&](const Progress& progress) {
    if (progress.done == 2) cancel = 1;
  });
  const auto calls = session.unet->calls;
  try {
    session->iterate(control);
    FAIL() << "an aborted call returned";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::aborted);
  }
  EXPECT_EQ(session.unet->calls, calls + 2);
  const auto rest = finish(*session, 0);
  EXPECT_EQ(Trace(rest.begin(), rest.end()), Trace(expected.begin() + 3, expected.end()));
}

TEST(Synthesizer, WhatDoesNotChangeIsEncodedOnceAndTheLastGradientIsNotComputed) {
  const auto options = fakes::options();
  Session session(options);
  const OwnedItem first(1), second(2);
  session->place(0, first.item);
  session->place(1, second.item);
  EXPECT_EQ(session.clip->prompts, 3);  // two prompts, one negative prompt
  EXPECT_EQ(session.vae->encodes, 3);   // two images, one grey
  std::vector<SlotReport> reports;
  for (int64_t i = 0; i < options.max_iterations; ++i) {
    reports = session->iterate({});
    EXPECT_EQ(reports.at(0).gradient_norm > 0, i + 1 < options.max_iterations);
  }
  EXPECT_EQ(reports.at(1).reason, "iterations");
  EXPECT_EQ(session.clip->prompts, 3);
  EXPECT_EQ(session.vae->encodes, 3);
  const auto calls = session.unet->calls;
  EXPECT_EQ(calls, options.max_iterations * 3);  // 5 steps at strength 0.6
  EXPECT_TRUE(session->iterate({}).empty());
  EXPECT_EQ(session.unet->calls, calls);
}

TEST(Synthesizer, FrozenParametersNeverGetGradients) {
  Session session(fakes::options());
  const OwnedItem own(1);
  session->place(0, own.item);
  session->iterate({});
  for (const auto& parameter : {session.unet->mix, session.vae->in, session.vae->out, session.clip->table,
                                session.classifier->conv, session.classifier->head}) {
    EXPECT_FALSE(parameter.grad().defined());
  }
}

TEST(Synthesizer, ASampleWithoutAGradientIsRejectedAndItsNeighbourGoesOnAsIfItWereNotThere) {
  auto options = fakes::options();
  options.batch_size = 2;
  const auto expected = alone(options, 1);
  // Of the two first images the one with the larger mean has flat logits.
  Session session(options);
  const OwnedItem healthy(1, false), other(2);
  const auto mean_of_first = [&](const OwnedItem& own) {
    Session one(options);
    one->place(0, own.item);
    one->iterate({});
    const auto image = one->image(0).data;
    return std::accumulate(image.begin(), image.end(), 0.0) / static_cast<double>(image.size());
  };
  const double low = mean_of_first(healthy), high = mean_of_first(other);
  ASSERT_GT(high - low, 1e-3) << "take another item";
  session.classifier->flat_above = 2 * ((low + high) / 2) - 1;  // as the classifier sees it
  session->place(0, healthy.item);
  session->place(1, other.item);
  Trace trace;
  for (bool finished = false; !finished;) {
    for (const auto& report : session->iterate({})) {
      if (report.slot == 1) {
        EXPECT_EQ(report.iteration, 1);
        EXPECT_TRUE(report.finished);
        EXPECT_FALSE(report.accepted);
        EXPECT_EQ(report.reason, "zero-gradient");
        continue;
      }
      trace.insert(trace.end(), {static_cast<double>(report.iteration), report.score, report.gradient_norm});
      finished = report.finished;
    }
  }
  for (const auto value : session->take(0).data) trace.push_back(value);
  EXPECT_EQ(trace, expected);
}

TEST(Synthesizer, ASampleThatIsNotFiniteEndsAloneAndUnaccepted) {
  const auto options = fakes::options();
  const auto expected = alone(options, 1);
  Session session(options);
  const OwnedItem own(1, false);
  OwnedItem broken(2);
  broken.image.fill_(std::numeric_limits<float>::quiet_NaN());
  session->place(0, broken.item);
  session->place(1, own.item);
  const auto reports = session->iterate({});
  EXPECT_TRUE(reports.at(0).finished);
  EXPECT_FALSE(reports.at(0).accepted);
  EXPECT_EQ(reports.at(0).reason, "not-finite");
  EXPECT_EQ(reports.at(1).score, expected.at(1));
  const auto rest = finish(*session, 1);
  EXPECT_EQ(rest, Trace(expected.begin() + 3, expected.end()));
}

TEST(Synthesizer, ReferenceModeRunsToTheEnd) {
  auto options = fakes::options();
  options.objective = "reference";
  options.step_rule = "fixed";
  options.tolerance = 1e9;
  Session session(options);
  const OwnedItem own(1);
  session->place(0, own.item);
  for (int64_t i = 1; i <= options.max_iterations; ++i) {
    const auto report = session->iterate({}).at(0);
    EXPECT_EQ(report.iteration, i);
    EXPECT_EQ(report.finished, i == options.max_iterations);
  }
}

// A search that steps over the boundary again and again with steps of one length comes near it with halved
// ones.
TEST(Synthesizer, ALineSearchTakesBackWhatWentTooFar) {
  auto options = fakes::options();
  Session probe(options);
  const OwnedItem own(1);
  probe->place(0, own.item);
  const double first = probe->iterate({}).at(0).score, second = probe->iterate({}).at(0).score;

  options.boundary = first + 0.3 * (second - first);
  options.tolerance = 0.05 * std::abs(second - first);
  options.step_rule = "line-search";
  options.max_iterations = 12;
  Session session(options);
  session->place(0, own.item);
  auto report = session->iterate({}).at(0);
  EXPECT_EQ(report.step_size, options.step_size);
  EXPECT_GT(report.gradient_norm, 0);
  report = session->iterate({}).at(0);
  EXPECT_NEAR(report.score, second, 1e-5);
  EXPECT_EQ(report.gradient_norm, 0) << "a step that is taken back needs no gradient";
  EXPECT_EQ(report.step_size, options.step_size / 2);
  while (!report.finished) report = session->iterate({}).at(0);
  EXPECT_TRUE(report.accepted);
}

TEST(Synthesizer, AGradientOfZerosEndsThatSampleAlone) {
  auto options = fakes::options();
  const auto expected = alone(options, 1);
  Session session(options);
  const OwnedItem own(1, false), other(2);
  session->place(0, other.item);
  session->place(1, own.item);
  const auto first = session->iterate({});
  EXPECT_FALSE(first.at(0).finished);
  session->take(0);
  // A head of zeros: the energy is ln 7 everywhere.
  session.classifier->head.detach().zero_();
  const auto reports = session->iterate({});
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_TRUE(reports.at(0).finished);
  EXPECT_FALSE(reports.at(0).accepted);
  EXPECT_EQ(reports.at(0).reason, "zero-gradient");
  EXPECT_EQ(first.at(1).score, expected.at(1));
}

TEST(Synthesizer, RestandardisedNoiseHasMeanZeroAndDeviationOne) {
  auto options = fakes::options();
  options.restandardise = true;
  Session session(options);
  const OwnedItem own(1);
  session->place(0, own.item);
  session->iterate({});
  const auto noise = session->noise(0);
  double sum = 0, squares = 0;
  for (const double value : noise.data) sum += value, squares += value * value;
  const double count = static_cast<double>(noise.data.size());
  EXPECT_NEAR(sum / count, 0, 1e-6);
  EXPECT_NEAR(squares / count, 1, 1e-5);
}

TEST(Synthesizer, AnUnreachableBoundaryIsToldBeforeTheFirstSample) {
  auto options = fakes::options();
  options.objective = "msp";
  options.boundary = 1.5;
  Session session(options);
  const OwnedItem own(1);
  EXPECT_THROW(session->place(0, own.item), Error);
  EXPECT_EQ(session.unet->calls, 0);
}

TEST(Synthesizer, ComparesGradientsWithTheExactOne) {
  auto options = fakes::options();
  options.gradient_checkpointing = true;
  Session session(options);
  const OwnedItem own(1), other(2);
  session->place(0, own.item);
  session->place(2, other.item);
  const auto before = session->noise(0).data;
  const auto found = session->compare_gradients(
      {{"skip", 1, false}, {"skip", 1, true}, {"truncated", 1, false}, {"exact", 1, false}}, 0.01, {});
  ASSERT_EQ(found.size(), 8u);
  for (const auto& one : found) {
    EXPECT_TRUE(one.slot == 0 || one.slot == 2);
    EXPECT_LE(std::abs(one.cosine), 1 + 1e-6);
    if (one.method == 3) {
      EXPECT_NEAR(one.cosine, 1, 1e-6);
      EXPECT_NEAR(one.norm_ratio, 1, 1e-6);
      EXPECT_LT(one.loss_after, one.loss);
    }
  }
  // A factor changes the length, not the direction.
  EXPECT_NEAR(found.at(0).cosine, found.at(2).cosine, 1e-5);
  EXPECT_NE(found.at(0).norm_ratio, found.at(2).norm_ratio);
  EXPECT_EQ(session->noise(0).data, before);
}

TEST(Synthesizer, EveryGradientAndSchedulerKeepsASampleIndependent) {
  for (const char* kind : {"ddim", "pndm", "euler_ancestral"}) {
    for (const char* gradient : {"truncated", "exact"}) {
      auto options = fakes::options();
      options.scheduler.kind = kind;
      options.gradient = gradient;
      options.gradient_steps = 2;
      options.gradient_checkpointing = true;
      const auto expected = alone(options, 1);
      Session session(options);
      const OwnedItem first(2), own(1, false);
      session->place(0, first.item);
      session->iterate({});
      session->place(2, own.item);
      EXPECT_EQ(finish(*session, 2), expected) << kind << " " << gradient;
    }
  }
}

TEST(Synthesizer, GivenDrawsTakeThePlaceOfTheSeedsOwn) {
  const auto options = fakes::options();
  OwnedItem own(1, false);
  const auto e = fakes::weight({4, 8, 8}, 7, 1).detach(), noise = fakes::weight({4, 8, 8}, 8, 1).detach();
  const auto masked = fakes::weight({options.max_iterations, 4, 8, 8}, 9, 1).detach();
  own.item.image_noise = OwnedItem::view(e, ElementType::f32);
  own.item.noise = OwnedItem::view(noise, ElementType::f32);
  own.item.masked_image_noise = OwnedItem::view(masked, ElementType::f32);
  std::vector<Trace> traces;
  for (const uint64_t seed : {1, 2}) {
    own.item.seed = seed;
    Session session(options);
    session->place(0, own.item);
    traces.push_back(finish(*session, 0));
  }
  EXPECT_EQ(traces[0], traces[1]);
  EXPECT_NE(traces[0], alone(options, 1));
}

TEST(Synthesizer, MisuseIsATypedError) {
  Session session(fakes::options());
  const OwnedItem own(1);
  const auto code = [](const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  EXPECT_EQ(code([&] { session->take(0); }), ErrorCode::value);
  EXPECT_EQ(code([&] { session->place(3, own.item); }), ErrorCode::value);
  session->place(0, own.item);
  EXPECT_EQ(code([&] { session->place(0, own.item); }), ErrorCode::value);
  OwnedItem wide(2);
  wide.item.image.shape = {3, 8, 32};
  EXPECT_EQ(code([&] { session->place(1, wide.item); }), ErrorCode::shape);
  auto options = fakes::options();
  options.max_iterations = 0;
  EXPECT_EQ(code([&] { Session{options}; }), ErrorCode::config);
  options = fakes::options();
  options.step_rule = "adam";
  EXPECT_EQ(code([&] { Session{options}; }), ErrorCode::config);
}

}  // namespace
}  // namespace synood
