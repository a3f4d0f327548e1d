// Standard input on the event loop: a terminal, a pipe or a file, without
// blocking and without making the terminal non-blocking for everybody else
// who has it open.
#pragma once

#include <functional>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace chat77::client {

// One event loop thread.
class InputReader {
 public:
  // Called with bytes, at last with none.
  using OnBytes = std::function<void(std::string_view bytes)>;

  InputReader(boost::asio::io_context& io, OnBytes on_bytes);

  // Reads once; asked again after each call of `on_bytes`. Ignored while one
  // is under way and after the end.
  void Ask();
  void Stop();

 private:
  void Read();

  OnBytes on_bytes_;
  boost::asio::posix::stream_descriptor input_;
  bool asked_ = false;
  bool ended_ = false;
};

}  // namespace chat77::client
