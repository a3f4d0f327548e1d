#include "server/net/poller.h"

#include <cerrno>
#include <cstring>
#include <spdlog/spdlog.h>
#include <utility>

namespace chat77::server {
namespace {

constexpr size_t kEvents = 1024;
// Looks in one turn, while each finds something: what comes while one is being
// served shares the turn's flush. Then others have one.
constexpr int kLooks = 8;

}  // namespace

Poller::Poller(boost::asio::io_context& io, Ready ready)
    : set_(io, ::epoll_create1(EPOLL_CLOEXEC)),
      ready_(std::move(ready)),
      events_(kEvents) {
  Await();
}

bool Poller::Watch(int fd, Session& session, uint32_t before, uint32_t wanted) {
  epoll_event event{};
  event.events = wanted;
  event.data.ptr = &session;
  const int what = before == 0   ? EPOLL_CTL_ADD
                   : wanted == 0 ? EPOLL_CTL_DEL
                                 : EPOLL_CTL_MOD;
  if (::epoll_ctl(set_.native_handle(), what, fd, &event) == 0) return true;
  spdlog::error("epoll_ctl error=\"{}\"", std::strerror(errno));
  return false;
}

void Poller::Stop() { set_.close(); }

void Poller::Await() {
  set_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                  [this](boost::system::error_code error) {
                    if (error) return;
                    Look();
                    Await();
                  });
}

void Poller::Look() {
  for (int look = 0; look < kLooks; ++look) {
    const int count = ::epoll_wait(set_.native_handle(), events_.data(),
                                   static_cast<int>(events_.size()), 0);
    if (count <= 0) return;
    if (!ready_({events_.data(), static_cast<size_t>(count)})) return;
  }
}

}  // namespace chat77::server
