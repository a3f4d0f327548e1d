// What a connection's first bytes say of who is there. Pure.
//
// A client speaks first. A plain one begins with the frame of its Hello: its
// length, then a field's tag. None of the beginnings below is such a frame,
// since their second byte would be the tag of a field that a Hello's frame does
// not have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chat77::server::tls {

enum class FirstBytes : uint8_t {
  kUnknown,  // too few to tell
  kNative,   // frames; also whatever is none of the others
  kTls,      // a ClientHello
  kHttp,
  kSsh,
};

// As many are enough to tell.
inline constexpr size_t kFirstBytes = 4;

FirstBytes Judge(std::string_view bytes);

// What is said to those who speak another protocol before the connection is
// closed, in that protocol's words; empty for the others.
std::string_view AnswerTo(FirstBytes bytes);
// "HTTP" or "SSH", for the log; empty for the others.
std::string_view NameOf(FirstBytes bytes);

}  // namespace chat77::server::tls
