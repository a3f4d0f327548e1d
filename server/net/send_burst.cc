#include "server/net/send_burst.h"

#include <cerrno>
#include <cstring>
#include <liburing.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include "server/net/session.h"

namespace chat77::server {
namespace {

// 0 or -errno. Older kernels do not know the flags, which only save work.
int OpenRing(io_uring& ring, unsigned entries) {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN |
                 IORING_SETUP_DEFER_TASKRUN;
  const int error = io_uring_queue_init_params(entries, &ring, &params);
  if (error != -EINVAL) return error;
  return io_uring_queue_init(entries, &ring, 0);
}

}  // namespace

class SendBurst::Ring {
 public:
  ~Ring() {
    if (open_) io_uring_queue_exit(&ring_);
  }

  int Open() {
    const int error = OpenRing(ring_, kAtOnce);
    open_ = error == 0;
    return error;
  }

  // There is room for kAtOnce between two calls of Submit().
  void Add(Send& send, size_t number) {
    constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    const int socket = send.session->socket();
    if (send.message.msg_iovlen == 1) {  // the cheaper call
      const iovec& piece = send.pieces[0];
      io_uring_prep_send(entry, socket, piece.iov_base, piece.iov_len, kFlags);
    } else {
      io_uring_prep_sendmsg(entry, socket, &send.message, kFlags);
    }
    io_uring_sqe_set_data64(entry, number);
  }

  // Carries out what was added: done(number, result) for each that was. False:
  // the kernel wants no more of it, and what was not carried out will not be.
  template <class Done>
  bool Submit(size_t count, Done done) {
    while (count > 0) {
      const int submitted =
          io_uring_submit_and_wait(&ring_, static_cast<unsigned>(count));
      count -= Reap(done);
      const bool again = submitted >= 0 || submitted == -EINTR ||
                         submitted == -EAGAIN || submitted == -EBUSY;
      if (!again) return false;
    }
    return true;
  }

 private:
  template <class Done>
  size_t Reap(Done done) {
    io_uring_cqe* outcome;
    unsigned at;
    unsigned seen = 0;
    io_uring_for_each_cqe(&ring_, at, outcome) {
      done(io_uring_cqe_get_data64(outcome), outcome->res);
      ++seen;
    }
    io_uring_cq_advance(&ring_, seen);
    return seen;
  }

  io_uring ring_{};
  bool open_ = false;
};

std::optional<std::string> SendBurst::WhyNot() {
  io_uring ring{};
  const int error = OpenRing(ring, 1);
  if (error != 0) return std::strerror(-error);
  io_uring_queue_exit(&ring);
  return std::nullopt;
}

SendBurst::SendBurst(bool use_ring) : use_ring_(use_ring) {}

SendBurst::~SendBurst() = default;

bool SendBurst::HaveRing() {
  if (tried_ || !use_ring_) return ring_ != nullptr;
  tried_ = true;
  auto ring = std::make_unique<Ring>();
  if (const int error = ring->Open(); error != 0) {
    spdlog::warn("io_uring error=\"{}\" sends=\"one by one\"",
                 std::strerror(-error));
    return false;
  }
  ring_ = std::move(ring);
  return true;
}

// Between the first Add() and SendAll() nothing else may run: a session that
// ends tells others, and what they are told moves the bytes that are to be
// sent.
void SendBurst::Flush(const std::vector<Session*>& sessions) {
  const bool burst = sessions.size() >= kWorthIt && HaveRing();
  for (size_t i = 0; i < sessions.size(); ++i) {  // it may grow meanwhile
    Session* session = sessions[i];
    if (session == nullptr) continue;
    if (!burst || ring_ == nullptr) {
      session->Flush();
    } else if (!Add(*session)) {
      others_.push_back(session);
    } else if (sends_.size() == kAtOnce) {
      SendAll();
    }
  }
  if (!sends_.empty()) SendAll();
  for (Session* session : others_) session->Flush();
  others_.clear();
}

// False: it takes more than a send.
bool SendBurst::Add(Session& session) {
  Outbox::Pieces due;
  if (!session.Due(due) || due.count > kPieces) return false;
  if (sends_.capacity() == 0) sends_.reserve(kAtOnce);
  Send& send = sends_.emplace_back();
  send.session = &session;
  send.offered = due.bytes;
  send.result = -EAGAIN;  // what is not carried out is tried again
  for (size_t i = 0; i < due.count; ++i) {
    send.pieces[i] = {const_cast<char*>(due.piece[i].data()),
                      due.piece[i].size()};
  }
  send.message.msg_iov = send.pieces.data();
  send.message.msg_iovlen = due.count;
  ring_->Add(send, sends_.size() - 1);
  return true;
}

// The bytes stay where they are until all are sent and every session has heard
// how far it is: nothing else runs here meanwhile. Only then comes what
// follows, because a session that ends tells others, and the log may give up
// the bytes that they stand in.
void SendBurst::SendAll() {
  const bool well = ring_->Submit(
      sends_.size(),
      [this](size_t number, int result) { sends_[number].result = result; });
  if (!well) {
    spdlog::warn("io_uring error=\"it gave up\" sends=\"one by one\"");
    ring_.reset();
  }
  for (const Send& send : sends_) send.session->Sent(send.result);
  for (const Send& send : sends_) {
    send.session->Wrote(send.result, send.offered);
  }
  sends_.clear();
}

}  // namespace chat77::server
