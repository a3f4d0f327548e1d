// chat77_timing: whether the time of an answer tells what its words do not:
// that there is such an account, that it is banned, that somebody has blocked
// the one who asks. Prints the times. Exit code 0: every answer was the
// expected one; with --judge also: their times tell nothing.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"

#include "tests/hostile/samples.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"

ABSL_FLAG(int, samples, 5000, "of each kind");
ABSL_FLAG(std::string, password_cost, "default", "as chat77d's");
ABSL_FLAG(bool, judge, false,
          "fail when times are too far apart, by --median_ms and --auc; "
          "otherwise times are only reported. For a machine that does nothing "
          "else");
ABSL_FLAG(double, median_ms, 0.5,
          "how far medians may be apart; fails with --judge only");
ABSL_FLAG(double, auc, 0.02,
          "how far from 0.5 the AUC may be; fails with --judge only");

namespace chat77::hostile {
namespace {

using test::NativeClient;
namespace pb = wire::pb;
using Clock = std::chrono::steady_clock;
// Before the server ends a connection that does not log in.
constexpr auto kOneConnection = std::chrono::seconds(5);

// One thing that can be asked, and its samples.
struct Kind {
  std::string name;
  std::function<bool()> ask;    // false: the answer was not the expected one
  std::function<bool()> after;  // not measured; the same
  Samples milliseconds = {};
};

// Each of them in turn, in another order each time.
bool Interleave(std::vector<Kind>& kinds, int samples) {
  std::mt19937 random(1);
  std::vector<size_t> order(kinds.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (int n = 0; n < samples; ++n) {
    std::shuffle(order.begin(), order.end(), random);
    for (const size_t i : order) {
      const auto start = Clock::now();
      const bool asked = kinds[i].ask();
      const auto took = Clock::now() - start;
      if (!asked || !kinds[i].after()) {
        std::printf("FAIL  %s: another answer\n", kinds[i].name.c_str());
        return false;
      }
      kinds[i].milliseconds.push_back(
          std::chrono::duration<double, std::milli>(took).count());
    }
  }
  return true;
}

// False if times are too far apart and that is judged.
bool Compare(const Kind& a, const Kind& b) {
  const double auc = Auc(a.milliseconds, b.milliseconds);
  const double before = Median(a.milliseconds), after = Median(b.milliseconds);
  const double apart = after - before;
  const bool alike = std::abs(apart) < absl::GetFlag(FLAGS_median_ms) &&
                     std::abs(auc - 0.5) <= absl::GetFlag(FLAGS_auc);
  const bool judged = absl::GetFlag(FLAGS_judge);
  const char* const verdict = alike ? "alike" : "apart";
  std::printf(
      "%s  %s (median %.4f ms) and %s (%.4f ms): apart %+.4f ms, AUC %.4f\n",
      !judged ? verdict : (alike ? "pass" : "FAIL"), a.name.c_str(), before,
      b.name.c_str(), after, apart, auc);
  return alike || !judged;
}

bool CompareAll(std::vector<Kind>& kinds) {
  if (!Interleave(kinds, absl::GetFlag(FLAGS_samples))) return false;
  bool good = true;
  for (size_t i = 0; i < kinds.size(); ++i) {
    for (size_t j = i + 1; j < kinds.size(); ++j) {
      good = Compare(kinds[i], kinds[j]) && good;
    }
  }
  return good;
}

// A login that is refused, over a connection that is new now and then.
class Guesser {
 public:
  explicit Guesser(int port) : port_(port) { Renew(); }

  void Renew() {
    if (client_ != nullptr && Clock::now() < since_ + kOneConnection) return;
    client_ = std::make_unique<NativeClient>(port_, pb::PRESENCE_NONE);
    client_->ReplyTo(1);
    since_ = Clock::now();
  }
  bool Guess(const std::string& alias) {
    const pb::ServerFrame reply = client_->Login(alias, "wrong");
    return reply.error().code() == pb::BAD_CREDENTIALS;
  }

 private:
  const int port_;
  std::unique_ptr<NativeClient> client_;
  Clock::time_point since_;
};

// The code from the server's first words; empty without one.
std::string AdminCode(const test::ServerProcess& server) {
  constexpr std::string_view kBefore = "/claim ";
  const std::string log = server.Log();
  const size_t at = log.find(kBefore);
  if (at == std::string::npos) return "";
  const size_t begin = at + kBefore.size();
  return log.substr(begin, log.find_first_of(" \n", begin) - begin);
}

bool Banned(const test::ServerProcess& server, const std::string& alias) {
  NativeClient admin(server.port(), pb::PRESENCE_NONE);
  admin.Enter("admin1");
  pb::ClientFrame claim, ban;
  claim.mutable_claim_admin()->set_code(AdminCode(server));
  ban.mutable_ban()->set_alias(alias);
  return admin.Ask(claim).has_claim_admin() && admin.Ask(ban).has_ban();
}

bool Logins(const test::ServerProcess& server) {
  NativeClient maker(server.port(), pb::PRESENCE_NONE);
  maker.Register("known0");
  maker.Register("banned");
  if (!Banned(server, "banned")) {
    std::printf("FAIL  the account was not banned\n");
    return false;
  }
  Guesser guesser(server.port());
  const auto guess = [&guesser](const char* alias) {
    return [&guesser, alias] { return guesser.Guess(alias); };
  };
  const auto renew = [&guesser] {
    guesser.Renew();
    return true;
  };
  std::vector<Kind> kinds = {{"unknown alias", guess("nobody"), renew},
                             {"wrong password", guess("known0"), renew},
                             {"banned account", guess("banned"), renew}};
  return CompareAll(kinds);
}

Kind AskOf(NativeClient& asker, NativeClient& asked, const std::string& name,
           const std::string& alias) {
  const auto ask = [&asker, alias] {
    pb::ClientFrame frame;
    frame.mutable_request_private()->set_alias(alias);
    return asker.Ask(frame).has_request_private();
  };
  // So that it can be asked again.
  const auto withdraw = [&asker, &asked, alias] {
    asked.Attend();
    pb::ClientFrame frame;
    frame.mutable_withdraw_request()->set_alias(alias);
    return asker.Ask(frame).has_withdraw_request();
  };
  return {name, ask, withdraw};
}

bool Consent(const test::ServerProcess& server) {
  NativeClient asker(server.port(), pb::PRESENCE_NONE);
  NativeClient ignores(server.port(), pb::PRESENCE_NONE);
  NativeClient blocks(server.port(), pb::PRESENCE_NONE);
  asker.Enter("asker1");
  ignores.Enter("ignore");
  blocks.Enter("blocks");
  pb::ClientFrame block;
  block.mutable_block()->set_alias("asker1");
  if (!blocks.Ask(block).has_block()) {
    std::printf("FAIL  nobody was blocked\n");
    return false;
  }
  std::vector<Kind> kinds = {AskOf(asker, ignores, "one who ignores", "ignore"),
                             AskOf(asker, blocks, "one who blocks", "blocks")};
  return CompareAll(kinds);
}

}  // namespace
}  // namespace chat77::hostile

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "chat77_timing [--judge] [--samples=5000]\n\n"
      "Measures whether the time of an answer tells what its words do not.\n"
      "Exit code 0: every answer was the expected one. Times are reported; "
      "only "
      "with\n--judge do they count, too.");
  absl::ParseCommandLine(argc, argv);
  const std::string cost =
      "--password_cost=" + absl::GetFlag(FLAGS_password_cost);
  const chat77::test::ServerProcess server({"--store=memory:", cost});
  const bool logins = chat77::hostile::Logins(server);
  const bool consent = chat77::hostile::Consent(server);
  return logins && consent ? 0 : 1;
}
