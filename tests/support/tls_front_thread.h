// A TlsFront with a thread of its own, for tests that wait for programs.
#pragma once

#include <cstdint>
#include <thread>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "tests/support/tls_front.h"

namespace chat77::test {

class TlsFrontThread {
 public:
  explicit TlsFrontThread(uint16_t plain_port)
      : front_(io_, plain_port, TestCertificate::Make("localhost")),
        port_(front_.port()),
        thread_([this] { io_.run(); }) {}
  ~TlsFrontThread() {
    io_.stop();
    thread_.join();
  }

  uint16_t port() const { return port_; }
  // Another certificate and key for connections from now on.
  void ChangeKey() {
    boost::asio::dispatch(io_, boost::asio::use_future([this] {
                            front_.Use(TestCertificate::Make("localhost"));
                          }))
        .get();
  }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      work_ = boost::asio::make_work_guard(io_);
  TlsFront front_;
  const uint16_t port_;
  std::thread thread_;
};

}  // namespace chat77::test
