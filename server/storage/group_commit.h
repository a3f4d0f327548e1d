// One transaction for all writes that wait, and what follows from its failure.
// Pure: the commit thread and the simulation run it.
//
// An ordered write was judged by what the ordered writes before it were to
// bring. So if a commit with one fails, all further ordered writes are answered
// with that failure and not carried out, until a new generation begins: whoever
// asks for them has heard of the failure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "store/ledger.h"

namespace chat77::server {

struct QueuedWrite {
  // Hears of the outcome; must not block.
  using Written = std::function<void(const store::WriteResult&)>;

  std::optional<store::Write> write;  // nothing: a new generation begins
  Written written;
  bool ordered = false;
};

// Used by one thread.
class GroupCommit {
 public:
  using Results = absl::StatusOr<std::vector<store::WriteResult>>;
  // As store::Ledger::Commit.
  using Commit = absl::FunctionRef<Results(absl::Span<const store::Write>)>;

  // Carries out what may be carried out of `writes`, in order, by at most one
  // `commit`. Each hears of its outcome; those that are not carried out, first.
  void Run(std::vector<QueuedWrite> writes, Commit commit);

  // Writes that were not carried out, so far.
  uint64_t rejected() const { return rejected_; }

 private:
  // True, and answered, if it is not to be carried out.
  bool Reject(const QueuedWrite& pending);

  absl::Status failure_;  // of this generation
  uint64_t rejected_ = 0;
};

}  // namespace chat77::server
