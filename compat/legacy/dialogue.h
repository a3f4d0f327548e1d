// The conversation with one legacy client: the login loop, then its commands,
// turned into requests to the server, and the server's answers and events
// turned back.
//
//   Dialogue d(host); d.Start();                 // the greeting
//   while (d.wants_input()) d.OnInput(...)       // else keep it for later
//   d.OnInputEnd()                               // after the last of it
//   host.OpenServer() -> d.OnServerOpen(), d.OnServerFrame(), OnServerClosed()
//   host.End()                                   // over; call nothing more
//
// The connection to the server exists only while it is needed: it is opened
// with alias and password at hand and closed after a registration or a refusal.
// Each failure leads back to the greeting, without limit of tries.
//
// Pure: no clock, no socket. Not thread-safe. Holds at most an alias, a
// password and kRequests commands without their texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

#include "chat77/v1/envelope.pb.h"
#include "compat/legacy/command.h"
#include "compat/legacy/dialect.h"
#include "compat/legacy/gatherer.h"
#include "compat/legacy/message.h"

namespace chat77::compat::legacy {

namespace pb = ::chat77::v1;

class Dialogue {
 public:
  // What the conversation asks of the world. None of these may call back into
  // the dialogue before it has returned.
  class Host {
   public:
    virtual ~Host() = default;
    virtual void Tell(const Message& message) = 0;
    // Followed by OnServerOpen() or OnServerClosed().
    virtual void OpenServer() = 0;
    // Sends a request on the open connection; returns its id, never 0.
    virtual uint64_t Ask(pb::ClientFrame request) = 0;
    // The connection is not needed any more; nothing more about it follows.
    virtual void CloseServer() = 0;
    // The client writes `{typed}: ` before its texts from now on.
    virtual void LoggedIn(const std::string& typed) = 0;
    // The last call: deliver what was told, then end the legacy connection.
    virtual void End() = 0;
  };

  // Requests that may wait for their reply.
  static constexpr size_t kRequests = 32;

  // `host` must outlive it.
  explicit Dialogue(Host& host) : host_(&host) {}

  void Start() { Greet(); }
  void set_dialect(Dialect dialect) { dialect_ = dialect; }

  // Whether OnInput and OnInputEnd may be called now.
  bool wants_input() const;
  void OnInput(const Input& input);
  // The client was silent for a moment: what comes now is no part of the last.
  void OnPause() { secret_ = Command(); }
  // The client sends no more: disconnects after everything asked was answered.
  void OnInputEnd();

  void OnServerOpen();
  void OnServerFrame(const pb::ServerFrame& frame);
  // The connection could not be made, or is lost. `why` is a sentence.
  void OnServerClosed(std::string_view why);

  // True while the client has to do something to get in; the caller gives it a
  // limited time from the last thing it was told or said.
  bool logging_in() const { return state_ < State::kChatting; }
  // True once it only waits for the server's last words.
  bool leaving() const { return state_ == State::kLeaving; }
  // Ends it for a reason of ours, which the client is told.
  void Stop(std::string_view sentence);
  // The client's connection is dead: nothing it is told arrives.
  void OnClientLost();

 private:
  enum class State {
    kMode,      // asked Authorise MODE?
    kAlias,     // asked ALIAS?
    kPassword,  // asked PASSWORD?
    kOpening,   // the connection to the server is being made
    kAsking,    // register or login was sent
    kChatting,  // logged in
    kLeaving,   // leaves when everything asked was answered
    kOver,
  };

  // What a reply under way is the reply to.
  struct Asked {
    Command command;
    // How the server refused it, while it is asked who is online: the original
    // said first of all whether the other one is.
    pb::Code refused = pb::CODE_UNSPECIFIED;
  };

  void Greet();
  void Fail(const Message& message);
  void OnMode(std::string_view answer);
  void OnPassword(std::string_view answer);
  void OnLoginAnswer(const pb::ServerFrame& frame);
  void Enter(const std::string& alias);
  void OnCommand(const std::string& message);
  void Continue(Command& command);
  void AskAbout(Command command, pb::ClientFrame request,
                pb::Code refused = pb::CODE_UNSPECIFIED);
  void OnReply(const pb::ServerFrame& frame);
  void TellReply(const Command& command, const pb::ServerFrame& frame);
  void Leave(bool by_exit);
  void LeaveWhenAnswered();
  void Over();

  Host* host_;
  State state_ = State::kMode;
  Dialect dialect_ = Dialect::kUnknown;
  bool registering_ = false;
  bool by_exit_ = false;  // the user said so: leaves by a logout
  bool logout_sent_ = false;
  std::string typed_;     // the alias as the client wrote it
  std::string password_;  // held from its answer to the request
  std::string alias_;     // as registered; set by a login
  absl::flat_hash_map<uint64_t, Asked> asked_;
  bool last_version_ = false;  // the client said BEEP_UDP_PORT:
  Command secret_;  // the last command if that was secret, without its text
};

}  // namespace chat77::compat::legacy
