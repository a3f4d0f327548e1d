// How a legacy client marks the end of a message.
#pragma once

namespace chat77::compat::legacy {

enum class Dialect {
  // It has not answered yet; what is sent to it must suit both.
  kUnknown,
  // README era: one read is one message, nothing marks its end.
  kUnframed,
  // The original's last version, nc, telnet: lines ending in a newline.
  kLines,
};

}  // namespace chat77::compat::legacy
