// Programs that knock at the wrong door: what a connection's first bytes say of
// its protocol. Nobody answers `Authorise MODE?` like this.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chat77::compat::legacy {

class ForeignProtocol {
 public:
  // The next bytes of the connection. What to tell it before it is closed, for
  // a protocol of others (HTTP, TLS, SSH); nothing while it may be a client,
  // and after the first few bytes never again.
  std::optional<std::string_view> Look(std::string_view bytes);

 private:
  std::string first_;
  bool judged_ = false;
};

}  // namespace chat77::compat::legacy
