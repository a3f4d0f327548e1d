// Events as JSON for scripts: one object per line.
//
//   {"event":"said","room":"lobby","seq":7,"time_ms":1767225600000,
//    "alias":"ann","text":"hello"}
//
// `event` is one of said, joined, left, presence_changed (with the lists
// `joined` and `left`), private_requested, private_connected,
// private_rejected, private_ended, private_said (with `own` if this user wrote
// it in another session, `late` if it had waited), request_withdrawn, notice,
// gap (from_seq, to_seq: not to be had; without `room` in a private chat),
// caught_up (after a reconnect, with `count` of the messages said meanwhile).
// Texts are as they were said; JSON escapes control characters.
#pragma once

#include <string>

#include "client/core/event.h"

namespace chat77::client {

// Empty for what is no event of the chat (Connecting, Online, Replied, ...).
std::string EventToJson(const Event& event);

}  // namespace chat77::client
