// Messages to frames: a varint length and the message (see PROTOCOL.md).
#pragma once

#include <string>

#include "google/protobuf/message_lite.h"

namespace chat77::wire {

// Appends `message` to `out` as one frame.
void AppendFrame(const google::protobuf::MessageLite& message,
                 std::string& out);

}  // namespace chat77::wire
