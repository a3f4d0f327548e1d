// The server's answers and events in the words of the original.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "chat77/v1/envelope.pb.h"
#include "compat/legacy/command.h"
#include "compat/legacy/dialect.h"
#include "compat/legacy/message.h"

namespace chat77::compat::legacy {

namespace pb = ::chat77::v1;

// What the sender of `command` is told when its request was carried out or
// refused; the original answers some with two messages and a text with none.
std::vector<Message> ReplyMessages(const Command& command,
                                   const pb::ServerFrame& reply);

// What an event means to the client of the user `own`; nothing for what the
// original is silent about.
std::optional<Message> EventMessage(const pb::ServerFrame& event,
                                    std::string_view own, Dialect dialect);

// Why a login or a registration was refused.
Message LoginError(const pb::Error& error);

}  // namespace chat77::compat::legacy
