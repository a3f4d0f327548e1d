#include "client/core/pending_requests.h"

#include <utility>

namespace chat77::client {

bool IsPrivate(const pb::ClientFrame& request) {
  switch (request.request_case()) {
    case pb::ClientFrame::kRequestPrivate:
    case pb::ClientFrame::kAcceptPrivate:
    case pb::ClientFrame::kRejectPrivate:
    case pb::ClientFrame::kEndPrivate:
    case pb::ClientFrame::kWithdrawRequest:
    case pb::ClientFrame::kSendPrivate:
      return true;
    default:
      return false;
  }
}

bool Changes(const pb::ClientFrame& request) {
  return request.has_say() || IsPrivate(request);
}

bool MayRepeat(const pb::ClientFrame& request) {
  switch (request.request_case()) {
    case pb::ClientFrame::kChangePassword:
    case pb::ClientFrame::kClaimAdmin:
    case pb::ClientFrame::kKick:
    case pb::ClientFrame::kMute:
    case pb::ClientFrame::kBan:
    case pb::ClientFrame::kLift:
    case pb::ClientFrame::kCreateInvitation:
      return false;
    default:
      return true;
  }
}

bool PendingRequests::MayRepeat(uint64_t request_id) const {
  const auto found = requests_.find(request_id);
  return found != requests_.end() && client::MayRepeat(found->second.frame);
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
  // The server looks whether it has delivered a private text before it says
  // anything else of it; asked again later, it would come behind later ones.
  if (found->second.frame.has_send_private()) return false;
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

std::optional<pb::ClientFrame> PendingRequests::Remove(uint64_t request_id) {
  auto found = requests_.extract(request_id);
  if (found.empty()) return std::nullopt;
  bytes_ -= found.mapped().frame.ByteSizeLong();
  return std::move(found.mapped().frame);
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
