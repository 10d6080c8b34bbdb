#pragma once

#include <functional>
#include <string>

#include "detection/arguments.h"
#include "synood/job.h"

namespace synood {

using DetectionOperation = std::function<NamedResults(const Arguments&, const JobControl&)>;

// Each is defined in the file of its name; shapes stand there.

// linear_scores.cpp
NamedResults linear_logits(const Arguments&, const JobControl&);
NamedResults linear_scores(const Arguments&, const JobControl&);
NamedResults logit_scores(const Arguments&, const JobControl&);
// concept_scores.cpp
NamedResults concept_scores(const Arguments&, const JobControl&);
NamedResults negated_concept_scores(const Arguments&, const JobControl&);
NamedResults learned_negative_scores(const Arguments&, const JobControl&);
// quantile.cpp
NamedResults activation_quantile(const Arguments&, const JobControl&);
// neighbours.cpp
NamedResults neighbour_scores(const Arguments&, const JobControl&);
// mahalanobis.cpp
NamedResults class_gaussians(const Arguments&, const JobControl&);
NamedResults mahalanobis_scores(const Arguments&, const JobControl&);
// virtual_logit.cpp
NamedResults residual_space(const Arguments&, const JobControl&);
NamedResults virtual_logit_scores(const Arguments&, const JobControl&);
// gaussian_outliers.cpp
NamedResults gaussian_outliers(const Arguments&, const JobControl&);
// neighbour_outliers.cpp
NamedResults neighbour_outliers(const Arguments&, const JobControl&);

// ERR_VALUE if there is none of that name
const DetectionOperation& detection_operation(const std::string& name);

}  // namespace synood
