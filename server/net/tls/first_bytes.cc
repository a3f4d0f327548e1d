#include "server/net/tls/first_bytes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace chat77::server::tls {
namespace {

using namespace std::string_view_literals;

// The methods of HTTP/1.1 (RFC 9110, 9.3; RFC 5789), HTTP/2's preface (RFC
// 9113, 3.4) and SSH's (RFC 4253, 4.2), as far as kFirstBytes goes; a record of
// TLS that holds a handshake (RFC 8446, 5.1).
constexpr std::array kBeginnings = {
    std::pair{"\x16\x03"sv, FirstBytes::kTls},
    std::pair{"GET "sv, FirstBytes::kHttp},
    std::pair{"POST"sv, FirstBytes::kHttp},
    std::pair{"HEAD"sv, FirstBytes::kHttp},
    std::pair{"PUT "sv, FirstBytes::kHttp},
    std::pair{"OPTI"sv, FirstBytes::kHttp},
    std::pair{"DELE"sv, FirstBytes::kHttp},
    std::pair{"CONN"sv, FirstBytes::kHttp},
    std::pair{"TRAC"sv, FirstBytes::kHttp},
    std::pair{"PATC"sv, FirstBytes::kHttp},
    std::pair{"PRI "sv, FirstBytes::kHttp},
    std::pair{"SSH-"sv, FirstBytes::kSsh},
};

constexpr std::string_view kHttpAnswer =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 76\r\n"
    "Connection: close\r\n"
    "\r\n"
    "This is the port of a chat77 chat server; use the program chat77, not HTTP.\n"sv;
constexpr std::string_view kSshAnswer =
    "This is the port of a chat77 chat server; use the program chat77, not "
    "SSH.\r\n"sv;

}  // namespace

FirstBytes Judge(std::string_view bytes) {
  bool may_become = bytes.empty();
  for (const auto& [beginning, meaning] : kBeginnings) {
    const size_t size = std::min(bytes.size(), beginning.size());
    if (bytes.substr(0, size) != beginning.substr(0, size)) continue;
    if (size == beginning.size()) return meaning;
    may_become = true;
  }
  return may_become ? FirstBytes::kUnknown : FirstBytes::kNative;
}

std::string_view AnswerTo(FirstBytes bytes) {
  if (bytes == FirstBytes::kHttp) return kHttpAnswer;
  return bytes == FirstBytes::kSsh ? kSshAnswer : ""sv;
}

std::string_view NameOf(FirstBytes bytes) {
  if (bytes == FirstBytes::kHttp) return "HTTP"sv;
  return bytes == FirstBytes::kSsh ? "SSH"sv : ""sv;
}

}  // namespace chat77::server::tls
