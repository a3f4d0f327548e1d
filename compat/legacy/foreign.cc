#include "compat/legacy/foreign.h"

#include <algorithm>

namespace chat77::compat::legacy {
namespace {

struct Protocol {
  std::string_view begins;
  std::string_view answer;
};

constexpr std::string_view kHttp =
    "This is a chat, not a web server. Connect with chat77, nc or telnet";
constexpr std::string_view kTls =
    "This port is not encrypted. Use the native port with a chat77 client";
constexpr std::string_view kSsh =
    "This is a chat, not an SSH server. Connect with chat77, nc or telnet";

constexpr Protocol kProtocols[] = {
    {"GET ", kHttp},     {"POST ", kHttp},   {"HEAD ", kHttp},
    {"PUT ", kHttp},     {"DELETE ", kHttp}, {"OPTIONS ", kHttp},
    {"CONNECT ", kHttp}, {"PATCH ", kHttp},  {"TRACE ", kHttp},
    {"PRI * ", kHttp},   {"\x16\x03", kTls}, {"SSH-", kSsh},
};
constexpr size_t kLongest = 8;

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

std::optional<std::string_view> ForeignProtocol::Look(std::string_view bytes) {
  if (judged_) return std::nullopt;
  first_.append(bytes.substr(0, kLongest - std::min(first_.size(), kLongest)));
  judged_ = true;
  for (const Protocol& protocol : kProtocols) {
    if (StartsWith(first_, protocol.begins)) return protocol.answer;
    if (StartsWith(protocol.begins, first_)) judged_ = false;  // so far
  }
  if (judged_) std::string().swap(first_);
  return std::nullopt;
}

}  // namespace chat77::compat::legacy
