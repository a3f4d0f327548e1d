// Consent: whom somebody has blocked is not heard of in private, from the
// answer to the block on; nobody is linked with one they have blocked once all
// is quiet; and no answer tells that one is blocked.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class BlockChecker final : public Watch {
 public:
  explicit BlockChecker(Context& context) : context_(context) {}

  void OnDurable(const store::Write& write,
                 const store::WriteResult& result) override;
  void OnServerStarted(const SimServer& server) override;
  void OnServerHello(server::SessionId from,
                     const std::string& device) override;
  void OnServerRequest(server::SessionId from,
                       const pb::ClientFrame& frame) override;
  void OnServerSends(server::SessionId to,
                     const pb::ServerFrame& frame) override;
  void AtRest() override;

 private:
  using Pair = std::pair<std::string, std::string>;  // who, whom

  void ExpectNone(const std::string& alias, const pb::ListPrivateReply& list);
  // An event that speaks of somebody's request or chat.
  void ExpectNotOf(const std::string& alias, const std::string& other,
                   const char* what);

  Context& context_;
  std::vector<std::string> accounts_;  // aliases, in order of number
  std::set<Pair> on_disk_;
  // Those that were answered, or were on disk at the start, and nobody has
  // asked to end since.
  std::set<Pair> sure_;
  std::set<Pair> ever_;  // asked for
  std::map<uint64_t, std::string> alias_of_;
  // What was asked on which connection, without an answer yet.
  std::map<std::pair<uint64_t, uint64_t>, pb::ClientFrame> asked_;
  std::map<std::string, std::set<std::string>> linked_;  // as last listed
};

}  // namespace chat77::simulation
