#include "client/terminal/settings.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "proto/limits.h"

namespace chat77::client {
namespace {

absl::Status BadServer(const std::string& text) {
  return absl::InvalidArgumentError(
      absl::StrCat("--server=", text,
                   " is no address; write HOST or HOST:PORT, with a PORT from "
                   "1 to 65535."));
}

absl::StatusOr<std::string> FirstLine(int fd, const std::string& from) {
  std::string text;
  char bytes[512];
  while (text.find('\n') == std::string::npos &&
         text.size() <= wire::kPasswordBytes) {
    const ssize_t size = read(fd, bytes, sizeof bytes);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("The password cannot be read from ", from, ": ",
                       strerror(errno), "."));
    }
    if (size == 0) break;
    text.append(bytes, static_cast<size_t>(size));
  }
  text.resize(std::min(text.find('\n'), text.size()));
  if (!text.empty() && text.back() == '\r') text.pop_back();
  if (text.empty() || text.size() > wire::kPasswordBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "The first line of ", from, " must be the password, of 1 to ",
        wire::kPasswordBytes, " bytes."));
  }
  return text;
}

}  // namespace

absl::StatusOr<ServerAddress> ParseServer(const std::string& text) {
  ServerAddress server;
  std::string port;
  const size_t colon = text.rfind(':');
  if (!text.empty() && text[0] == '[') {
    const size_t end = text.find(']');
    if (end == std::string::npos) return BadServer(text);
    server.host = text.substr(1, end - 1);
    if (end + 1 < text.size()) {
      if (text[end + 1] != ':') return BadServer(text);
      port = text.substr(end + 2);
      if (port.empty()) return BadServer(text);
    }
  } else if (colon == std::string::npos || text.find(':') != colon) {
    server.host = text;  // a name, or IPv6 without a port
  } else {
    server.host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (port.empty()) return BadServer(text);
  }
  if (server.host.empty()) return BadServer(text);
  if (!port.empty()) {
    uint32_t number = 0;
    if (!absl::SimpleAtoi(port, &number) || number < 1 || number > 65535) {
      return BadServer(text);
    }
    server.port = static_cast<uint16_t>(number);
  }
  return server;
}

absl::StatusOr<v1::Presence> ParsePresence(const std::string& text) {
  if (text == "notices") return v1::PRESENCE_NOTICES;
  if (text == "batched") return v1::PRESENCE_BATCHED;
  if (text == "off") return v1::PRESENCE_NONE;
  return absl::InvalidArgumentError(absl::StrCat(
      "--presence=", text, " is not known; write notices, batched or off."));
}

absl::StatusOr<std::string> ReadPasswordFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "The password cannot be read from ", path, ": ", strerror(errno), "."));
  }
  absl::StatusOr<std::string> password = FirstLine(fd, path);
  close(fd);
  return password;
}

absl::StatusOr<std::string> ReadPasswordFd(int fd) {
  return FirstLine(fd, absl::StrCat("descriptor ", fd));
}

}  // namespace chat77::client
