#include "client/core/pending_requests.h"

#include <utility>

#include "proto/request_traits.h"

namespace chat77::client {

bool PendingRequests::Request::MayRepeat() const {
  return wire::TraitsOf(frame.request_case()).repeat !=
         pb::RequestOptions::NEVER;
}

bool PendingRequests::MayRepeat(uint64_t request_id) const {
  const auto found = requests_.find(request_id);
  return found != requests_.end() && found->second.MayRepeat();
}

bool PendingRequests::HasRoomFor(const pb::ClientFrame& request) const {
  return requests_.size() < kWaiting &&
         bytes_ + request.ByteSizeLong() <= kWaitingBytes;
}

void PendingRequests::Add(pb::ClientFrame request) {
  bytes_ += request.ByteSizeLong();
  const uint64_t id = request.request_id();
  requests_.emplace_hint(requests_.end(), id, Request{std::move(request)});
}

std::vector<pb::ClientFrame> PendingRequests::TakeUnsent() {
  std::vector<pb::ClientFrame> frames;
  for (auto i = requests_.lower_bound(next_); i != requests_.end(); ++i) {
    i->second.sent_again = i->second.sent;
    i->second.sent = true;
    frames.push_back(i->second.frame);
    next_ = i->first + 1;
  }
  return frames;
}

bool PendingRequests::AskAgain(uint64_t request_id, absl::Time when) {
  const auto found = requests_.find(request_id);
  if (found == requests_.end() || !found->second.sent_again) return false;
  again_.emplace(when, request_id);
  return true;
}

std::vector<pb::ClientFrame> PendingRequests::TakeDue(absl::Time now) {
  std::vector<pb::ClientFrame> frames;
  while (due() <= now) {
    const auto found = requests_.find(again_.begin()->second);
    again_.erase(again_.begin());
    if (found != requests_.end()) frames.push_back(found->second.frame);
  }
  return frames;
}

std::optional<PendingRequests::Request> PendingRequests::Remove(
    uint64_t request_id) {
  auto found = requests_.extract(request_id);
  if (found.empty()) return std::nullopt;
  bytes_ -= found.mapped().frame.ByteSizeLong();
  return std::move(found.mapped());
}

std::vector<PendingRequests::Request> PendingRequests::RemoveIf(
    absl::FunctionRef<bool(const Request&)> which) {
  std::vector<Request> removed;
  for (auto i = requests_.begin(); i != requests_.end();) {
    if (which(i->second)) {
      bytes_ -= i->second.frame.ByteSizeLong();
      removed.push_back(std::move(i->second));
      i = requests_.erase(i);
    } else {
      ++i;
    }
  }
  return removed;
}

}  // namespace chat77::client
