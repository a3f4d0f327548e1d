#include "server/core/ledger.h"

#include <cassert>

namespace chat77::server {
namespace {

// A refusal is of one write alone.
bool IsRefusal(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsAlreadyExists(status) ||
         absl::IsPermissionDenied(status) || absl::IsResourceExhausted(status);
}

// What a place takes, and what stands in it that a client chose the size of.
constexpr size_t kPlaceBytes = 256;

size_t BytesOf(const Held& held) {
  if (const auto* said = std::get_if<Spoken>(&held)) return said->text.size();
  if (const auto* text = std::get_if<PrivateText>(&held)) {
    return text->text.size();
  }
  if (const auto* answered = std::get_if<Answered>(&held)) {
    return answered->reply.ByteSizeLong();
  }
  return 0;
}

}  // namespace

void Ledger::Keep(Token write, Held held) {
  const size_t bytes = kPlaceBytes + BytesOf(held);
  workload_.Add(bytes);
  held_.Hold(write, std::move(held), bytes);
}

void Ledger::Hold(Held held, Turn& turn) {
  Keep({}, std::move(held));
  ReleaseReady(turn);
}

void Ledger::Answer(pb::ServerFrame reply, const Request& request) {
  reply.set_reply_to(request.asked.request_id);
  Hold(Answered{request.asked, std::move(reply)}, request.turn);
}

void Ledger::Refuse(pb::Code code, std::string_view sentence,
                    std::string_view alias, const Request& request,
                    uint32_t retry_after_ms) {
  pb::ServerFrame reply;
  FillError(*reply.mutable_error(), code, sentence, alias);
  reply.mutable_error()->set_retry_after_ms(retry_after_ms);
  Answer(std::move(reply), request);
}

bool Ledger::IsFailure(const Committed& event) const {
  return held_.IsFirst(event.token) && !event.outcome.ok() &&
         !IsRefusal(event.outcome.status());
}

void Ledger::Settle(const Committed& event, Turn& turn) {
  auto taken = held_.TakeWritten(event.token);
  // A stray outcome is a bug of the shell's, and no reason to end a server that
  // people use.
  assert(taken && "outcomes come in the order of their effects");
  if (!taken) return;
  DoRelease(*taken, event.outcome, turn);
  ReleaseReady(turn);
}

void Ledger::ReleaseReady(Turn& turn) {
  while (auto taken = held_.TakeReady()) {
    absl::StatusOr<Outcome> outcome = Outcome();
    if (taken->failed) outcome = absl::UnavailableError("a commit failed");
    DoRelease(*taken, outcome, turn);
  }
}

void Ledger::DoRelease(HeldEffects::Taken& taken,
                       const absl::StatusOr<Outcome>& outcome, Turn& turn) {
  workload_.Remove(taken.bytes);
  release_(taken.held, outcome, turn);
}

}  // namespace chat77::server
