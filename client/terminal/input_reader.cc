#include "client/terminal/input_reader.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/error.hpp>

namespace chat77::client {

InputReader::InputReader(boost::asio::io_context& io, OnBytes on_bytes)
    : on_bytes_(std::move(on_bytes)), input_(io) {
  boost::system::error_code error;
  const int copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  // No standard input at all is an empty one.
  ended_ = copy < 0;
  if (!ended_) input_.assign(copy, error);
}

void InputReader::Stop() {
  boost::system::error_code ignored;
  ended_ = true;
  input_.close(ignored);
}

void InputReader::Ask() {
  if (asked_ || ended_) return;
  asked_ = true;
  const int flags = fcntl(STDIN_FILENO, F_GETFL);
  input_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](boost::system::error_code error) {
                      if (error == boost::asio::error::operation_aborted) {
                        return;
                      }
                      // A file cannot be waited for, but is always ready.
                      Read();
                    });
  // Waiting makes the descriptor non-blocking, and with it the terminal, which
  // standard output and the shell share.
  if (flags >= 0) fcntl(STDIN_FILENO, F_SETFL, flags);
}

void InputReader::Read() {
  asked_ = false;
  if (ended_) return;
  char bytes[16 * 1024];
  const ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    Ask();
    return;
  }
  if (size <= 0) ended_ = true;
  on_bytes_(std::string_view(bytes, size > 0 ? static_cast<size_t>(size) : 0));
}

}  // namespace chat77::client
