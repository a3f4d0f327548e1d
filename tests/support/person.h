// Somebody at a client of any kind against a real server, so that one scenario
// can be played by native, unframed and line clients, and by a mixture.
//
//   auto ann = Person::Connect(Person::Kind::kLines, server);
//   ann->Enter("ann");
//   ann->Say("hello");
//   EXPECT_TRUE(bob->HearsSaid("ann", "hello"));
//
// What a person does takes effect before the next act of the same person only
// if something in between was expected: an unframed client's messages are told
// apart by time.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/server_process.h"

namespace chat77::test {

class Person {
 public:
  enum class Kind { kNative, kUnframed, kLines };

  // Connects to `server`; legacy kinds to its compat port, or `compat_port`.
  static std::unique_ptr<Person> Connect(Kind kind, const ServerProcess& server,
                                         int compat_port = 0);
  virtual ~Person() = default;

  // Registers unless that was done, logs in, and takes its own welcome.
  virtual bool Enter(const std::string& alias) = 0;
  // Alone; false if it was refused.
  virtual bool Register(const std::string& alias,
                        const std::string& password) = 0;
  virtual bool LogIn(const std::string& alias, const std::string& password) = 0;

  virtual void Say(const std::string& text) = 0;
  // The people online, in order of login.
  virtual std::vector<std::string> Online() = 0;
  virtual std::vector<std::string> PrivateChats() = 0;
  // Each waits for its reply, and is true if that was a yes.
  virtual bool Ask(const std::string& alias) = 0;
  virtual bool Accept(const std::string& alias) = 0;
  virtual bool Reject(const std::string& alias) = 0;
  virtual bool End(const std::string& alias) = 0;
  virtual void Whisper(const std::string& alias, const std::string& text) = 0;
  // As a user leaves; returns when the server has let go.
  virtual void Exit() = 0;
  // Closes for sending only; closes with a reset.
  virtual void HalfClose() = 0;
  virtual void Reset() = 0;

  // Each waits for this, skipping what comes before; false if it never comes.
  virtual bool HearsSaid(const std::string& alias, const std::string& text) = 0;
  virtual bool HearsJoined(const std::string& alias) = 0;
  virtual bool HearsLeft(const std::string& alias) = 0;
  virtual bool HearsRequest(const std::string& alias) = 0;
  virtual bool HearsConnected(const std::string& alias) = 0;
  virtual bool HearsRejected(const std::string& alias) = 0;
  virtual bool HearsEnded(const std::string& alias, bool by_command) = 0;
  // `alias`, whom this person had asked, is gone.
  virtual bool HearsUnavailable(const std::string& alias) = 0;
  virtual bool HearsWhisper(const std::string& alias,
                            const std::string& text) = 0;
  // That the connection is over; what was told before is skipped.
  virtual bool HearsEnd() = 0;

  // Of its own end, as the connection log should have it.
  virtual uint16_t port() const = 0;
};

inline void PrintTo(Person::Kind kind, std::ostream* out) {
  switch (kind) {
    case Person::Kind::kNative:
      *out << "native";
      return;
    case Person::Kind::kUnframed:
      *out << "unframed";
      return;
    case Person::Kind::kLines:
      *out << "lines";
      return;
  }
}

}  // namespace chat77::test
