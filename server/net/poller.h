// Which of a shard's sockets can be read or written: an epoll set of its own
// within the shard's Asio loop.
//
// Asio would keep some 300 bytes for each connection that waits and make a
// system call for each wait it begins; here a waiting connection costs nothing
// but its place in the kernel's set, and one look tells of a thousand. The loop
// waits for the set as it waits for any descriptor (epoll(7): an epoll
// descriptor is itself readable when something in its set is ready).
//
// One thread: its shard's.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <sys/epoll.h>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace chat77::server {

class Session;

class Poller {
 public:
  // What one look found: `data.ptr` is the Session, `events` a set of EPOLLIN,
  // EPOLLOUT, EPOLLHUP, EPOLLERR. The callee may change what is watched; a
  // session that goes away meanwhile must live until the end of the turn.
  // False: it put something off; others in the loop come first.
  using Ready = std::function<bool(std::span<const epoll_event> found)>;

  Poller(boost::asio::io_context& io, Ready ready);

  // Watches `fd` for `wanted`, a set of EPOLLIN and EPOLLOUT, where it watched
  // for `before`; 0: it is not in the set. A socket that is closed leaves the
  // set by itself. False if the kernel refused.
  bool Watch(int fd, Session& session, uint32_t before, uint32_t wanted);

  // No call comes any more.
  void Stop();

 private:
  void Await();
  void Look();

  boost::asio::posix::stream_descriptor set_;
  const Ready ready_;
  std::vector<epoll_event> events_;
};

}  // namespace chat77::server
