#include "client/link.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "client/other_protocol.h"
#include "client/steady_time.h"
#include "proto/frame_encoder.h"

namespace chat77::client {
namespace {

// Enough to recognise another protocol by.
constexpr size_t kFirstBytes = 64;

}  // namespace

using boost::system::error_code;

std::shared_ptr<Link> Link::Start(Transport transport,
                                  const wire::ConnectionOptions& options,
                                  Callbacks callbacks) {
  std::shared_ptr<Link> link(
      new Link(std::move(transport), options, std::move(callbacks)));
  link->connection_.Start(link->out_);
  link->Flush();
  link->Read();
  link->ArmTimer();
  return link;
}

Link::Link(Transport transport, const wire::ConnectionOptions& options,
           Callbacks callbacks)
    : transport_(std::move(transport)),
      timer_(transport_.get_executor()),
      connection_(options, SteadyNow()),
      callbacks_(std::move(callbacks)) {}

uint64_t Link::Send(pb::ClientFrame frame) {
  if (frame.request_id() == 0) frame.set_request_id(++last_id_);
  const uint64_t id = frame.request_id();
  if (done_ || closing_) return id;
  wire::AppendFrame(frame, out_);
  if (!std::exchange(flush_posted_, true)) {
    boost::asio::post(transport_.get_executor(), [self = shared_from_this()] {
      self->flush_posted_ = false;
      self->Flush();
    });
  }
  return id;
}

void Link::Close() {
  if (done_ || std::exchange(closing_, true)) return;
  boost::asio::post(transport_.get_executor(),
                    [self = shared_from_this()] { self->Flush(); });
}

void Link::Read() {
  if (done_) return;  // the last flush was the end
  transport_.AsyncReadSome(
      boost::asio::buffer(buffer_),
      [self = shared_from_this()](error_code error, size_t size) {
        if (self->done_) return;
        if (error) {
          self->Finish(self->connection_.close_code(),
                       self->goodbye_.empty()
                           ? "The connection to the server was lost."
                           : self->goodbye_);
          return;
        }
        self->OnRead(size);
      });
}

void Link::OnRead(size_t size) {
  if (!connection_.greeted()) {
    first_.append(buffer_.data(), std::min(size, kFirstBytes - first_.size()));
    if (const auto other = OtherProtocol(first_)) {
      Finish(pb::BAD_FRAME, *other);
      return;
    }
  }
  connection_.Receive(std::string_view(buffer_.data(), size), SteadyNow(), out_,
                      [this](const pb::ServerFrame& frame) {
                        if (done_) return;
                        if (frame.has_goodbye()) {
                          goodbye_ = frame.goodbye().sentence();
                        }
                        callbacks_.on_frame(frame);
                      });
  if (done_) return;
  if (connection_.closed()) {
    Finish(connection_.close_code(),
           goodbye_.empty() ? "The server does not speak chat77's protocol."
                            : goodbye_);
    return;
  }
  Flush();
  Read();
}

void Link::Flush() {
  if (done_ || !writing_.empty()) return;
  if (out_.empty()) {
    if (closing_) Finish(pb::CODE_UNSPECIFIED, "The connection was closed.");
    return;
  }
  writing_.swap(out_);
  transport_.AsyncWrite(boost::asio::buffer(writing_),
                        [self = shared_from_this()](error_code error, size_t) {
                          self->writing_.clear();
                          // A broken connection is told by the read, after what
                          // is left to read.
                          if (!error) self->Flush();
                          if (error && self->closing_) {
                            self->Finish(pb::CODE_UNSPECIFIED,
                                         "The connection was closed.");
                          }
                        });
}

void Link::ArmTimer() {
  const absl::Time due = connection_.NextDeadline();
  if (done_ || due == absl::InfiniteFuture()) return;
  timer_.expires_after(absl::ToChronoNanoseconds(due - SteadyNow()));
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (error || self->done_) return;
    self->connection_.OnDeadline(SteadyNow(), self->out_);
    if (self->connection_.closed()) {
      self->Finish(self->connection_.close_code(),
                   "The server has not answered for too long.");
      return;
    }
    self->Flush();
    self->ArmTimer();
  });
}

void Link::Finish(pb::Code code, const std::string& why) {
  if (std::exchange(done_, true)) return;
  timer_.cancel();
  transport_.Close();
  callbacks_.on_closed(code, why);
  callbacks_ = {};
}

}  // namespace chat77::client
