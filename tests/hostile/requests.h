// Frames of a client, ready to be sent.
#pragma once

#include <string>
#include <string_view>

#include "chat77/v1/envelope.pb.h"

namespace chat77::hostile {

namespace pb = chat77::v1;

// Of every account here.
inline constexpr char kPassword[] = "hunter2-hunter2";

std::string Framed(const pb::ClientFrame& frame);
// Hears nothing of who comes and goes.
std::string Hello();
std::string Register(const std::string& alias);
std::string Login(const std::string& alias,
                  const std::string& password = kPassword);
std::string Say(const std::string& text);
std::string Ping();
std::string ListOnline();
std::string FetchHistory();
std::string RequestPrivate(const std::string& alias);
std::string WithdrawRequest(const std::string& alias);

}  // namespace chat77::hostile
