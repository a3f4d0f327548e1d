// Makers of replies, shared by all parts of the core.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/turn.h"

namespace chat77::server {

// Of BUSY, when too many want the same.
inline constexpr uint32_t kBusyRetryMs = 1000;
inline constexpr char kNotOnline[] = "Nobody of that name is online.";

// A reply whose body the caller fills in. Valid until the next effect.
pb::ServerFrame& Reply(const Asked& to, Turn& turn);

// An error reply.
void Refuse(const Asked& to, pb::Code code, std::string_view sentence,
            Turn& turn, std::string_view alias = {},
            uint32_t retry_after_ms = 0);

void FillError(pb::Error& error, pb::Code code, std::string_view sentence,
               std::string_view alias = {});
// The same id for two requests: the answer to one is none to the other.
void FillReused(pb::Error& error);
void FillUnavailable(pb::Error& error);
void FillNotOnline(pb::Error& error);
// The store failed.
void RefuseUnavailable(const Asked& to, Turn& turn);

// A request is asked again: answered as it was before, if that was a reply of
// this kind.
void AnswerAgain(const pb::ServerFrame& answer, pb::ServerFrame::BodyCase kind,
                 pb::ServerFrame& reply);

}  // namespace chat77::server
