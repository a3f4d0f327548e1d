#include "compat/legacy_session.h"

#include <array>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "client/steady_time.h"

namespace chat77::compat {

using boost::system::error_code;
using legacy::Dialect;

namespace {

// A client that does not read what it asked for is not read from either.
constexpr size_t kUnreadReplies = 16 * 1024;
constexpr size_t kUnsentRequests = 64 * 1024;

// An IPv4 client of an IPv6 listener is an IPv4 client.
std::string Show(const boost::asio::ip::address& address) {
  using boost::asio::ip::make_address_v4;
  using boost::asio::ip::v4_mapped;
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) {
    return address.to_string();
  }
  return make_address_v4(v4_mapped, address.to_v6()).to_string();
}

}  // namespace

LegacySession::LegacySession(Socket socket, const GatewayOptions& options,
                             const Gateway::Connect& connect,
                             std::function<void()> on_logged_in,
                             std::function<void()> on_closed)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      options_(options),
      connect_(connect),
      on_logged_in_(std::move(on_logged_in)),
      on_closed_(std::move(on_closed)),
      gatherer_(options.gatherer),
      pacer_(options.pacer),
      dialogue_(*this),
      login_by_(client::SteadyNow() + options.login_time) {
  error_code ignored;
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  server_options_.software = "chat77-compat";
  // The old clients know no other way.
  server_options_.presence = client::pb::PRESENCE_NOTICES;
  error_code gone;
  const auto peer = socket_.remote_endpoint(gone);
  if (gone) return;
  server_options_.forwarded_address = Show(peer.address());
  server_options_.forwarded_port = peer.port();
}

void LegacySession::Start() {
  dialogue_.Start();
  Turn();
}

void LegacySession::Refuse(std::string_view sentence) {
  Tell(legacy::Message::Error(sentence));
  End();
  Turn();
}

void LegacySession::Stop(std::string_view sentence) {
  if (phase_ != Phase::kOpen) return;
  dialogue_.Stop(sentence);
  Turn();
}

void LegacySession::Cut() { Close(/*reset=*/true); }

void LegacySession::Tell(const legacy::Message& message) {
  if (!broken_) pacer_.Push(message);
}

void LegacySession::OpenServer() {
  const uint64_t number = ++link_number_;
  connect_([self = shared_from_this(),
            number](absl::StatusOr<client::Transport> socket) {
    // Not from within the dialogue, even if the answer is there at once.
    boost::asio::post(self->socket_.get_executor(),
                      [self, number,
                       socket = std::make_shared<decltype(socket)>(
                           std::move(socket))]() mutable {
                        self->OnSocket(number, std::move(*socket));
                      });
  });
}

void LegacySession::OnSocket(uint64_t number,
                             absl::StatusOr<client::Transport> socket) {
  if (number != link_number_ || phase_ == Phase::kClosed) return;
  if (!socket.ok()) {
    dialogue_.OnServerClosed(std::string(socket.status().message()));
    return Turn();
  }
  client::Link::Callbacks callbacks;
  callbacks.on_frame = [self = shared_from_this(),
                        number](const client::pb::ServerFrame& frame) {
    if (number != self->link_number_) return;
    self->dialogue_.OnServerFrame(frame);
    self->Turn();
  };
  callbacks.on_closed = [self = shared_from_this(), number](
                            client::pb::Code, const std::string& why) {
    if (number != self->link_number_) return;
    self->link_.reset();
    self->dialogue_.OnServerClosed(why);
    self->Turn();
  };
  link_ = client::Link::Start(*std::move(socket), server_options_,
                              std::move(callbacks));
  dialogue_.OnServerOpen();
  Turn();
}

uint64_t LegacySession::Ask(client::pb::ClientFrame request) {
  return link_->Send(std::move(request));
}

void LegacySession::CloseServer() {
  ++link_number_;
  if (link_) std::exchange(link_, nullptr)->Close();
}

void LegacySession::LoggedIn(const std::string& typed) {
  login_by_ = absl::InfiniteFuture();
  gatherer_.set_alias(typed);
  on_logged_in_();
}

void LegacySession::End() {
  CloseServer();
  phase_ = Phase::kDraining;
  login_by_ = absl::InfiniteFuture();
  end_by_ = client::SteadyNow() + options_.drain_time;
}

void LegacySession::Turn() {
  if (phase_ == Phase::kClosed || std::exchange(in_turn_, true)) return;
  const auto self = shared_from_this();
  CheckDeadlines();
  FeedDialogue();
  if (pacer_.overflowed()) {
    Close(/*reset=*/true);
  } else {
    Write();
    FinishDraining();
    Read();
    ArmTimer();
  }
  in_turn_ = false;
}

void LegacySession::FeedDialogue() {
  while (phase_ == Phase::kOpen && dialogue_.wants_input() && !congested()) {
    const auto input = gatherer_.Next(client::SteadyNow());
    pacer_.set_dialect(gatherer_.dialect());
    dialogue_.set_dialect(gatherer_.dialect());
    if (!input) {
      if (gatherer_.drained()) dialogue_.OnInputEnd();
      break;
    }
    const absl::Time came = std::exchange(input_came_, client::SteadyNow());
    if (input_came_ - came > options_.gatherer.quiet_time) dialogue_.OnPause();
    if (dialogue_.logging_in())
      login_by_ = client::SteadyNow() + options_.login_time;
    dialogue_.OnInput(*input);
  }
  // A logout may wait for the server, but not for ever.
  if (phase_ == Phase::kOpen && dialogue_.leaving() &&
      end_by_ == absl::InfiniteFuture()) {
    end_by_ = client::SteadyNow() + options_.drain_time;
  }
}

bool LegacySession::congested() const {
  return (link_ && link_->unsent() > kUnsentRequests) ||
         (!broken_ && pacer_.queued_replies() > kUnreadReplies);
}

void LegacySession::Read() {
  const bool discarding = phase_ != Phase::kOpen;
  if (reading_ || input_ended_ || phase_ == Phase::kClosed) return;
  if (!discarding && (gatherer_.full() || congested())) return;
  reading_ = true;
  // A buffer is taken only once there is something to put in.
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                       self->reading_ = false;
                       self->OnReadable(error);
                     });
}

void LegacySession::OnReadable(const error_code& waited) {
  if (phase_ == Phase::kClosed ||
      waited == boost::asio::error::operation_aborted)
    return;
  thread_local std::array<char, legacy::Gatherer::kReadBytes> buffer;
  error_code error;
  const size_t size = socket_.read_some(boost::asio::buffer(buffer), error);
  if (phase_ == Phase::kOpen) {
    const std::string_view bytes(buffer.data(), size);
    gatherer_.Receive(bytes, client::SteadyNow());
    if (const auto answer = foreign_.Look(bytes)) Refuse(*answer);
  }
  if (error && error != boost::asio::error::would_block &&
      error != boost::asio::error::interrupted) {
    InputEnded(/*broken=*/error != boost::asio::error::eof);
  }
  Turn();
}

void LegacySession::InputEnded(bool broken) {
  input_ended_ = true;
  gatherer_.End();
  if (broken) broken_ = true;
  // What it asked before it broke still holds, a login does not.
  if (broken_ && phase_ == Phase::kOpen && dialogue_.logging_in()) {
    dialogue_.OnClientLost();
  }
}

void LegacySession::Write() {
  if (phase_ == Phase::kClosed || !writing_.empty() || broken_) return;
  writing_ = pacer_.Take(client::SteadyNow());
  if (writing_.empty()) return;
  boost::asio::async_write(
      socket_, boost::asio::buffer(writing_),
      [self = shared_from_this()](const error_code& error, size_t) {
        self->OnWritten(error);
      });
}

void LegacySession::OnWritten(const error_code& error) {
  std::string().swap(writing_);
  if (phase_ == Phase::kClosed) return;
  // A broken connection is told by the read, after what is left to read.
  if (error) {
    broken_ = true;
  } else {
    pacer_.Written(client::SteadyNow());
  }
  Turn();
}

// From the conversation's end to the socket's. A client of lines gets an
// orderly close and time to close as well, so that no reset overtakes the last
// message; any other would spin on that, and gets the reset, but late.
void LegacySession::FinishDraining() {
  if (phase_ == Phase::kDraining && broken_) return Close(/*reset=*/true);
  const bool written = writing_.empty() && pacer_.empty();
  if (phase_ == Phase::kDraining && written) {
    phase_ = Phase::kLingering;
    const bool lines = gatherer_.dialect() == Dialect::kLines;
    end_by_ = client::SteadyNow() +
              (lines ? options_.linger_lines : options_.linger_unframed);
    error_code ignored;
    if (lines) socket_.shutdown(Socket::shutdown_send, ignored);
  }
  if (phase_ == Phase::kLingering && gatherer_.dialect() == Dialect::kLines &&
      input_ended_) {
    Close(/*reset=*/false);
  }
}

void LegacySession::CheckDeadlines() {
  const absl::Time now = client::SteadyNow();
  if (now >= login_by_) {
    login_by_ = absl::InfiniteFuture();
    dialogue_.Stop("The login took too long. Please connect again");
  }
  if (now < end_by_) return;
  if (phase_ == Phase::kOpen) return End();  // the server owes an answer
  Close(/*reset=*/gatherer_.dialect() != Dialect::kLines);
}

absl::Time LegacySession::NextDeadline() const {
  absl::Time next = std::min(login_by_, end_by_);
  if (phase_ == Phase::kOpen && dialogue_.wants_input() && !congested()) {
    next = std::min(next, gatherer_.NextDeadline());
  }
  if (writing_.empty() && !broken_) next = std::min(next, pacer_.NextWrite());
  return next;
}

void LegacySession::ArmTimer() {
  timer_.cancel();
  const absl::Time next = NextDeadline();
  if (phase_ == Phase::kClosed || next == absl::InfiniteFuture()) return;
  const absl::Duration wait =
      std::max(next - client::SteadyNow(), absl::ZeroDuration());
  timer_.expires_after(absl::ToChronoNanoseconds(wait));
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->Turn();
  });
}

void LegacySession::Close(bool reset) {
  if (std::exchange(phase_, Phase::kClosed) == Phase::kClosed) return;
  CloseServer();
  error_code ignored;
  if (reset) {
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  }
  timer_.cancel();
  socket_.close(ignored);
  std::exchange(on_closed_, nullptr)();
}

}  // namespace chat77::compat
