#include "client/transport.h"

#include <chrono>

#include <boost/asio/steady_timer.hpp>

namespace chat77::client {
namespace {

using boost::system::error_code;

// A TLS stream on its way out; its handlers keep it.
class Farewell : public std::enable_shared_from_this<Farewell> {
 public:
  explicit Farewell(std::unique_ptr<Transport::Tls> tls)
      : tls_(std::move(tls)), timer_(tls_->get_executor()) {}

  void Start() {
    error_code ignored;
    // A read under way would hold back the other side's answer.
    tls_->next_layer().cancel(ignored);
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([self = shared_from_this()](error_code) { self->End(); });
    tls_->async_shutdown(
        [self = shared_from_this()](error_code) { self->timer_.cancel(); });
  }

 private:
  void End() {
    error_code ignored;
    tls_->next_layer().close(ignored);
  }

  std::unique_ptr<Transport::Tls> tls_;
  boost::asio::steady_timer timer_;
};

}  // namespace

boost::asio::any_io_executor Transport::get_executor() {
  if (auto* plain = std::get_if<Plain>(&stream_)) return plain->get_executor();
  return tls().get_executor();
}

void Transport::Close() {
  if (auto* plain = std::get_if<Plain>(&stream_)) {
    error_code ignored;
    plain->close(ignored);
  } else if (auto& tls = std::get<std::unique_ptr<Tls>>(stream_)) {
    std::make_shared<Farewell>(std::move(tls))->Start();
  }
}

}  // namespace chat77::client
