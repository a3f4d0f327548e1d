#include "client/core/private_inbox.h"

namespace chat77::client {

void PrivateInbox::Forget() {
  stay_ = 0;
  seq_ = 0;
  acknowledged_ = 0;
}

bool PrivateInbox::OnLogin(const pb::LoginReply& reply) {
  const bool same = reply.resumed() && reply.stay() == stay_;
  if (!same || reply.private_lost()) seq_ = 0;
  stay_ = reply.stay();
  acknowledged_ = seq_;
  return reply.private_lost();
}

PrivateInbox::Verdict PrivateInbox::OnEvent(const pb::ServerFrame& event,
                                            absl::Time now) {
  Verdict verdict;
  if (const uint64_t seq = event.private_seq(); seq != 0) {
    if (seq <= seq_) return {.known = true};
    verdict.gap = seq > seq_ + 1;
    if (seq_ == acknowledged_) first_unacknowledged_ = now;
    seq_ = seq;
  }
  verdict.known = event.has_private_said() && IsKnownText(event.private_said());
  return verdict;
}

bool PrivateInbox::IsKnownText(const pb::PrivateSaid& said) {
  if (said.message_id() == 0) return false;
  const Text text(said.alias(), said.message_id());
  if (!texts_.insert(text).second) return true;
  oldest_texts_.push_back(text);
  if (oldest_texts_.size() > kTexts) {
    texts_.erase(oldest_texts_.front());
    oldest_texts_.pop_front();
  }
  return false;
}

uint64_t PrivateInbox::TakeAcknowledgement() {
  if (seq_ == acknowledged_) return 0;
  acknowledged_ = seq_;
  return seq_;
}

absl::Time PrivateInbox::due() const {
  if (seq_ == acknowledged_) return absl::InfiniteFuture();
  if (seq_ - acknowledged_ >= kAckEvents) return first_unacknowledged_;
  return first_unacknowledged_ + kAckDelay;
}

}  // namespace chat77::client
