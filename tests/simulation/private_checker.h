// Invariant 4, private chat: nobody is linked who did not consent, no text is
// taken without a link, and what was taken is shown: in order, once, and not
// lost while neither the server nor the stay of its receiver ended.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "tests/simulation/context.h"
#include "tests/simulation/stay_checker.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class PrivateChecker final : public Watch {
 public:
  PrivateChecker(Context& context, const StayChecker& stays)
      : context_(context), stays_(stays) {}

  void OnDurable(const store::Write& write,
                 const store::WriteResult& result) override;
  void OnServerStarted(const SimServer& server) override;
  void OnServerGone(bool crashed) override;
  void OnServerHello(server::SessionId from,
                     const std::string& device) override;
  void OnServerRequest(server::SessionId from,
                       const pb::ClientFrame& frame) override;
  void OnServerClosed(server::SessionId session) override;
  void OnServerSends(server::SessionId to,
                     const pb::ServerFrame& frame) override;
  void OnServerTells(const pb::ServerFrame& frame) override;
  void OnEvent(const SimClient& client, const client::Event& event) override;

  // Every text that is owed to this account was shown.
  bool HasAll(const std::string& alias) const;

 private:
  struct Pair {
    store::PairState state = store::PairState::kNone;
    ConnectionId asked_by;
    absl::Time since;
  };
  struct Asked {
    pb::SendPrivate sent;
    absl::Time at;
  };
  struct Text {
    std::string from, to;
  };

  void On(const store::SetPrivate& set);
  const std::string& NameOf(AccountId account) const;
  bool EverBlocked(const store::SetPrivate& set) const;
  void ExpectKept(const std::string& alias, const pb::LoginReply& login);
  void NoteEnd(const std::pair<ConnectionId, ConnectionId>& logins,
               const Pair& pair);
  void Take(const std::string& from, const Asked& asked);
  bool Linked(const std::string& one, const std::string& other) const;
  void Show(const SimClient& client, const pb::PrivateSaid& said);

  Context& context_;
  const StayChecker& stays_;
  // Consent, as it is on disk: between two logins.
  std::map<std::pair<ConnectionId, ConnectionId>, Pair> pairs_;
  std::map<std::string, ConnectionId> login_of_;
  std::map<ConnectionId, std::string> open_;  // logins without a logout
  std::vector<std::string> accounts_;         // aliases
  // When two aliases were last linked, if they are not.
  std::map<std::pair<std::string, std::string>, absl::Time> ended_;
  // Who ever blocked whom: such a chat may end at any time.
  std::set<std::pair<std::string, std::string>> blocked_;
  // Texts.
  std::map<uint64_t, std::string> device_of_;  // by connection
  std::set<uint64_t> resumes_;                 // connections with a device
  std::map<std::pair<uint64_t, uint64_t>, Asked> asked_;
  std::map<std::string, Text> sent_;                    // by text
  std::set<std::string> taken_, refused_;               // texts
  std::map<std::string, std::set<std::string>> owed_;   // by receiver
  std::map<std::string, std::set<std::string>> shown_;  // by device
  std::map<std::pair<std::string, std::string>, uint64_t> last_;
};

}  // namespace chat77::simulation
