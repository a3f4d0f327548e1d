#include "server/storage/group_commit.h"

#include <cstddef>
#include <utility>

namespace chat77::server {

bool GroupCommit::Reject(const QueuedWrite& pending) {
  if (!pending.write) {
    failure_ = absl::OkStatus();
    return true;
  }
  if (!pending.ordered || failure_.ok()) return false;
  ++rejected_;
  pending.written(failure_);
  return true;
}

void GroupCommit::Run(std::vector<QueuedWrite> writes, Commit commit) {
  std::erase_if(writes,
                [this](const QueuedWrite& pending) { return Reject(pending); });
  if (writes.empty()) return;
  std::vector<store::Write> batch;
  batch.reserve(writes.size());
  for (QueuedWrite& pending : writes) {
    batch.push_back(*std::move(pending.write));
  }
  const Results results = commit(batch);
  for (size_t i = 0; i < writes.size(); ++i) {
    if (!results.ok() && writes[i].ordered) failure_ = results.status();
    writes[i].written(results.ok() ? (*results)[i]
                                   : store::WriteResult(results.status()));
  }
}

}  // namespace chat77::server
