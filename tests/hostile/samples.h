// How alike two sets of measurements are.
#pragma once

#include <vector>

namespace chat77::hostile {

using Samples = std::vector<double>;

// Of a copy; 0 of nothing.
double Median(Samples samples);

// The share of pairs (one of each) in which b's is the larger, ties half: 0.5
// where nobody can tell a from b (the area under the ROC curve; Mann and
// Whitney's U over all pairs).
double Auc(const Samples& a, const Samples& b);

}  // namespace chat77::hostile
