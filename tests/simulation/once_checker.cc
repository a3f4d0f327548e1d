#include "tests/simulation/once_checker.h"

#include <variant>

#include "absl/strings/str_cat.h"

#include "proto/request_traits.h"

namespace chat77::simulation {

void OnceChecker::OnDurable(const store::Write& write,
                            const store::WriteResult& result) {
  if (const auto* append = std::get_if<store::AppendMessage>(&write)) {
    ExpectFirst(append->message.account, append->message_id, result);
  } else if (const auto* set = std::get_if<store::SetLink>(&write)) {
    ExpectFirst(set->request.account, set->request.message_id, result);
  }
}

void OnceChecker::ExpectFirst(AccountId account, uint64_t message_id,
                              const store::WriteResult& result) {
  if (message_id == 0 || !result.ok() || result->repeated) return;
  if (done_.emplace(account, message_id).second) return;
  context_.Fail("3", "request ", message_id, " of account ", account,
                " was carried out twice.");
}

void OnceChecker::OnServerStarted(const SimServer&) {
  alias_of_.clear();
  asked_.clear();
}

void OnceChecker::OnServerHello(server::SessionId from,
                                const std::string& device) {
  alias_of_[from.value] = device.substr(0, device.find('/'));
}

void OnceChecker::OnServerRequest(server::SessionId from,
                                  const pb::ClientFrame& frame) {
  if (frame.message_id() == 0) return;
  if (!wire::TraitsOf(frame.request_case()).once()) return;
  asked_[{from.value, frame.request_id()}] =
      absl::StrCat(alias_of_[from.value], " ", frame.message_id());
}

void OnceChecker::OnServerSends(server::SessionId to,
                                const pb::ServerFrame& frame) {
  if (frame.reply_to() == 0) return;
  const auto asked = asked_.extract({to.value, frame.reply_to()});
  if (!asked.empty()) ExpectSame(asked.mapped(), frame);
}

void OnceChecker::ExpectSame(const std::string& key,
                             const pb::ServerFrame& reply) {
  const auto before = answers_.find(key);
  if (reply.has_error()) {
    // "Try again" is no answer yet.
    if (before == answers_.end() || reply.error().code() < 100) return;
    return context_.Fail("3", "request ", key,
                         " was carried out, and asked again it is refused: ",
                         reply.error().sentence());
  }
  pb::ServerFrame body = reply;
  body.clear_reply_to();
  const std::string answer = body.SerializeAsString();
  if (before == answers_.end()) {
    answers_[key] = answer;
  } else if (before->second != answer) {
    context_.Fail("3", "request ", key,
                  " got another answer when it was asked again.");
  } else {
    context_.Count("same_answers");
  }
}

}  // namespace chat77::simulation
