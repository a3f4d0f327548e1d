#include "tests/crash/proxy.h"

#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/write.hpp>

namespace chat77::crash {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

tcp::endpoint Loopback(uint16_t port) {
  return {boost::asio::ip::address_v4::loopback(), port};
}

void CloseSocket(tcp::socket& socket) {
  error_code ignored;
  socket.close(ignored);
}

}  // namespace

// One connection, kept alive by its handlers.
class Proxy::Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  Pipe(tcp::socket client, bool stalled)
      : up_{std::move(client), {}, false},
        down_{tcp::socket(up_.from.get_executor()), {}, false},
        stalled_(stalled) {}

  void Start(uint16_t port) {
    down_.from.async_connect(
        Loopback(port), [self = shared_from_this()](error_code error) {
          if (error) return self->Cut();
          error_code ignored;
          self->up_.from.set_option(tcp::no_delay(true), ignored);
          self->down_.from.set_option(tcp::no_delay(true), ignored);
          self->Read(self->up_, self->down_);
          self->Read(self->down_, self->up_);
        });
  }

  void Cut() {
    CloseSocket(up_.from);
    CloseSocket(down_.from);
  }

  // The server's end is read no more and closed by the server itself.
  void Strand() {
    stranded_ = true;
    CloseSocket(up_.from);
  }

  // Only the client's end is left, and nobody answers there.
  void Silence() {
    silent_ = true;
    CloseSocket(down_.from);
  }
  void Swallow() { Read(up_, down_); }

  void Stall(bool stalled) {
    stalled_ = stalled;
    if (stalled) return;
    if (std::exchange(up_.paused, false)) Read(up_, down_);
    if (std::exchange(down_.paused, false)) Read(down_, up_);
  }

 private:
  struct Side {
    tcp::socket from;
    std::array<char, 16384> bytes;
    bool paused;
  };

  void Read(Side& side, Side& other) {
    if (stalled_) {
      side.paused = true;
      return;
    }
    side.from.async_read_some(
        boost::asio::buffer(side.bytes),
        [self = shared_from_this(), &side, &other](error_code error, size_t n) {
          self->OnRead(side, other, error, n);
        });
  }

  void OnRead(Side& side, Side& other, error_code error, size_t size) {
    if (silent_) {
      if (!error && &side == &up_) Read(side, other);
      return;
    }
    if (stranded_) {
      // Swallowed, so that the server keeps writing into the void.
      if (!error && &side == &down_) return Read(side, other);
      if (&side == &down_) Cut();
      return;
    }
    if (error) return Cut();
    boost::asio::async_write(
        other.from, boost::asio::buffer(side.bytes, size),
        [self = shared_from_this(), &side, &other](error_code failed, size_t) {
          if ((self->stranded_ && &side == &self->down_) ||
              (self->silent_ && &side == &self->up_)) {
            return self->Read(side, other);
          }
          if (self->silent_) return;
          if (self->stranded_) return;
          failed ? self->Cut() : self->Read(side, other);
        });
  }

  Side up_;
  Side down_;
  bool stalled_;
  bool stranded_ = false;
  bool silent_ = false;
};

Proxy::Proxy(boost::asio::io_context& io, uint16_t server_port)
    : server_port_(server_port),
      acceptor_(io, Loopback(0)),
      port_(acceptor_.local_endpoint().port()) {
  Accept();
}

Proxy::~Proxy() { CutAll(); }

void Proxy::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error) return;
    auto pipe = std::make_shared<Pipe>(std::move(socket), stalled_);
    if (silent_) {
      pipe->Silence();
      pipe->Swallow();
      silenced_.push_back(pipe);
      return Accept();
    }
    pipe->Start(server_port_);
    pipes_.remove_if([](const auto& old) { return old.expired(); });
    pipes_.push_back(pipe);
    Accept();
  });
}

void Proxy::CutAll() {
  for (const auto& old : pipes_) {
    if (auto pipe = old.lock()) pipe->Cut();
  }
  pipes_.clear();
}

void Proxy::Strand() {
  for (const auto& old : pipes_) {
    if (auto pipe = old.lock()) pipe->Strand();
  }
}

void Proxy::Silence(bool silent) {
  silent_ = silent;
  if (!silent) {
    for (const auto& pipe : silenced_) pipe->Cut();
    silenced_.clear();
    return;
  }
  for (const auto& old : pipes_) {
    const auto pipe = old.lock();
    if (!pipe) continue;
    pipe->Silence();
    silenced_.push_back(pipe);
  }
  pipes_.clear();
}

void Proxy::Stall(bool stalled) {
  stalled_ = stalled;
  for (const auto& old : pipes_) {
    if (auto pipe = old.lock()) pipe->Stall(stalled);
  }
}

}  // namespace chat77::crash
