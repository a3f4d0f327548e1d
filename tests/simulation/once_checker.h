// Invariant 3 at the server's door: one message id of one account has one
// effect, and one answer for ever.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class OnceChecker final : public Watch {
 public:
  explicit OnceChecker(Context& context) : context_(context) {}

  void OnDurable(const store::Write& write,
                 const store::WriteResult& result) override;
  void OnServerStarted(const SimServer& server) override;
  void OnServerHello(server::SessionId from,
                     const std::string& device) override;
  void OnServerRequest(server::SessionId from,
                       const pb::ClientFrame& frame) override;
  void OnServerSends(server::SessionId to,
                     const pb::ServerFrame& frame) override;

 private:
  void ExpectFirst(AccountId account, uint64_t message_id,
                   const store::WriteResult& result);
  // `key`: whose request, and which id.
  void ExpectSame(const std::string& key, const pb::ServerFrame& reply);

  Context& context_;
  std::set<std::pair<AccountId, uint64_t>> done_;
  std::map<uint64_t, std::string> alias_of_;  // by connection
  // Keys of those without a reply.
  std::map<std::pair<uint64_t, uint64_t>, std::string> asked_;
  std::map<std::string, std::string> answers_;
};

}  // namespace chat77::simulation
