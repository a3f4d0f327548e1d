#include "server/net/listener.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <spdlog/spdlog.h>
#include <sstream>
#include <sys/socket.h>
#include <utility>

#include "absl/strings/str_cat.h"

namespace chat77::server {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kPause(100);
constexpr int kAtOnce = 64;  // then others have a turn

std::optional<tcp::endpoint> ParseEndpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  uint16_t port = 0;
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error) return std::nullopt;
  return tcp::endpoint(address, port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(
    boost::asio::io_context& io, std::string_view address, Accepted accepted) {
  const std::string shown(address);
  const auto endpoint = ParseEndpoint(address);
  if (!endpoint.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", shown,
                     "\" is no address to listen on; write a numeric one and "
                     "a port, such as 0.0.0.0:7700."));
  }
  tcp::acceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint->protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (!error) acceptor.non_blocking(true, error);
  // Sockets take it over from the one that accepts them (tcp(7)).
  if (!error) acceptor.set_option(tcp::no_delay(true), error);
  if (error) {
    return absl::AbortedError(absl::StrCat(
        "Cannot listen on ", shown, ": ", error.message(),
        ". Is another server running there? Choose another port, or 0."));
  }
  std::unique_ptr<Listener> listener(
      new Listener(std::move(acceptor), std::move(accepted)));
  listener->Await();
  return listener;
}

Listener::Listener(tcp::acceptor acceptor, Accepted accepted)
    : acceptor_(std::move(acceptor)),
      pause_(acceptor_.get_executor()),
      accepted_(std::move(accepted)) {}

std::string Listener::address() const {
  error_code error;
  std::ostringstream text;
  text << acceptor_.local_endpoint(error);
  return text.str();
}

void Listener::Close() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::Await() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](error_code error) {
    if (error || !acceptor_.is_open()) return;
    if (AcceptAll()) return Await();
    Pause();
  });
}

// False: it cannot be done just now.
bool Listener::AcceptAll() {
  for (int i = 0; i < kAtOnce; ++i) {
    Descriptor socket(::accept4(acceptor_.native_handle(), nullptr, nullptr,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() >= 0) {
      failing_ = false;
      accepted_(std::move(socket));
      if (!acceptor_.is_open()) return true;
    } else if (errno == EAGAIN) {
      return true;
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return false;
    }
  }
  return true;
}

// Most likely out of descriptors: those who wait stay in the backlog.
void Listener::Pause() {
  if (!std::exchange(failing_, true)) {
    spdlog::warn("accept error=\"{}\"", std::strerror(errno));
  }
  pause_.expires_after(kPause);
  pause_.async_wait([this](error_code cancelled) {
    if (!cancelled && acceptor_.is_open()) Await();
  });
}

}  // namespace chat77::server
