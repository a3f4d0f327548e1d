// Small makers of frames, shared by the handlers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/effect.h"

namespace chat77::server {

// Of BUSY, when too many want the same.
inline constexpr uint32_t kBusyRetryMs = 1000;

// A reply to `request_id` whose body the caller fills in.
inline pb::ServerFrame& Reply(SessionId to, uint64_t request_id,
                              Effects& effects) {
  Send& send = std::get<Send>(effects.emplace_back(Send{to, {}}));
  send.frame.set_reply_to(request_id);
  return send.frame;
}

// An event for one session whose body the caller fills in.
inline pb::ServerFrame& Notify(SessionId to, Effects& effects) {
  return Reply(to, 0, effects);
}

// An error reply.
inline void Refuse(SessionId to, uint64_t request_id, pb::Code code,
                   std::string_view sentence, Effects& effects,
                   std::string_view alias = {}, uint32_t retry_after_ms = 0) {
  pb::Error& error = *Reply(to, request_id, effects).mutable_error();
  error.set_code(code);
  error.set_sentence(std::string(sentence));
  error.set_alias(std::string(alias));
  error.set_retry_after_ms(retry_after_ms);
}

}  // namespace chat77::server
