// A request while it is being handled.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "server/core/presence.h"
#include "server/core/reply.h"

namespace chat77::server {

struct Request {
  Asked asked;
  const pb::ClientFrame& frame;
  std::shared_ptr<User> user;  // nullptr before login
  Turn& turn;

  // The client's own number of it; 0: none.
  uint64_t message_id() const { return frame.message_id(); }

  pb::ServerFrame& Reply() const { return server::Reply(asked, turn); }
  void Refuse(pb::Code code, std::string_view sentence,
              std::string_view alias = {}, uint32_t retry_after_ms = 0) const {
    server::Refuse(asked, code, sentence, turn, alias, retry_after_ms);
  }
};

}  // namespace chat77::server
