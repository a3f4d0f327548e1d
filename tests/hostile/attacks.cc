#include "tests/hostile/attacks.h"

#include <iterator>

#include "tests/hostile/requests.h"

namespace chat77::hostile {
namespace {

// Logged in as mallory `first` and so on, all from other addresses.
Script Members(size_t count, size_t first, Script::Drip drip, double rate) {
  Script script{.at_once = count, .per_second = 20, .addresses = kMallories};
  script.first_address = 10000 + first;
  script.opening = [count, first](size_t n) {
    return Hello() + Login(Mallory(first + n % count));
  };
  script.login = true;
  script.drip = std::move(drip);
  script.drips_per_second = rate;
  return script;
}

Attack NeverRead() {
  Script members = Members(
      8, 0, [](size_t, size_t) { return FetchHistory() + ListOnline(); }, 10);
  members.reading = Reading::kUntilLogin;
  members.receive_bytes = 2048;
  Script strangers{.at_once = 100, .addresses = 50};
  strangers.opening = [](size_t) { return Hello(); };
  strangers.drip = [](size_t, size_t) { return Ping() + Ping() + Ping(); };
  strangers.drips_per_second = 20;
  strangers.reading = Reading::kNothing;
  strangers.receive_bytes = 2048;
  Script text{.door = Door::kText, .at_once = 50, .addresses = 25};
  text.drip = [](size_t, size_t) { return std::string("what?\n"); };
  text.drips_per_second = 20;
  text.reading = Reading::kNothing;
  text.receive_bytes = 2048;
  return {"never read", {members, strangers, text}, ""};
}

Attack Amplification() {
  return {"tiny requests, large replies",
          {Members(
               8, 0, [](size_t, size_t) { return FetchHistory(); }, 200),
           Members(
               8, 8, [](size_t, size_t) { return ListOnline(); }, 200)},
          ""};
}

Attack LoginFlood(size_t honest) {
  Script known{.at_once = 100, .addresses = 200};
  known.opening = [](size_t) { return Hello(); };
  known.drip = [honest](size_t n, size_t k) {
    const std::string alias = n % 2 == 0 ? "honest" + std::to_string(n % honest)
                                         : "nobody" + std::to_string(n);
    return Login(alias, "guess" + std::to_string(k));
  };
  known.drips_per_second = 2;
  known.life_seconds = 3;
  Script text{.door = Door::kText, .at_once = 30, .addresses = 60};
  text.drip = [](size_t n, size_t k) -> std::string {
    if (k % 3 == 0) return "LOGIN\n";
    return k % 3 == 1 ? "honest" + std::to_string(n % 50) + "\n" : "guess\n";
  };
  text.drips_per_second = 3;
  Script tokens{.at_once = 30, .addresses = 30};
  tokens.opening = [](size_t) { return Hello(); };
  tokens.drip = [](size_t n, size_t k) {
    pb::ClientFrame frame;
    frame.set_request_id(1);
    std::string token(32, static_cast<char>(n));
    token[0] = static_cast<char>(k);
    frame.mutable_resume()->set_device_token(token);
    return Framed(frame);
  };
  tokens.drips_per_second = 10;
  return {"login flood", {known, text, tokens}, "login"};
}

Attack RegistrationFlood() {
  Script script{.at_once = 100, .addresses = 200};
  script.opening = [](size_t) { return Hello(); };
  script.drip = [](size_t n, size_t k) {
    return Register("flood" + std::to_string(n) + "x" + std::to_string(k));
  };
  script.drips_per_second = 2;
  script.life_seconds = 3;
  return {"registration flood", {script}, ""};
}

Attack RequestFlood(size_t honest) {
  const auto asks = [honest](size_t n, size_t k) {
    const std::string alias = "honest" + std::to_string((n + k / 2) % honest);
    return k % 2 == 0 ? RequestPrivate(alias) : WithdrawRequest(alias);
  };
  return {"request flood",
          {Members(
               4, 0, [](size_t, size_t) { return Say("spam"); }, 100),
           Members(
               2, 4, [](size_t, size_t) { return Say(std::string(8000, 's')); },
               20),
           Members(
               4, 6, [](size_t, size_t) { return Ping(); }, 200),
           Members(4, 10, asks, 50)},
          ""};
}

Attack Confusable() {
  Script script{.at_once = 20, .per_second = 20, .addresses = 20};
  script.first_address = 20000;
  script.opening = [](size_t) { return Hello(); };
  script.drip = [](size_t n, size_t k) {
    // Names that are taken, or reserved, in other letters.
    static const char* const kNames[] = {
        "h\u043enest1",  "hon\u0435st2",  "honest\u0661",  "\uff48onest3",
        "HONEST4",       "honest\u200d5", "hone\u0455t6",  "\u04bbonest7",
        "\u0430dmin",    "s\u0435rver",   "honest\u202e8", "honestl",
        "m\u0430llory1", "mallory\uff12", "rnallory3",     "mal\u04cfory4"};
    return Register(kNames[(n + k) % std::size(kNames)]);
  };
  script.drips_per_second = 1;
  return {"confusable names", {script}, "register"};
}

}  // namespace

std::string Mallory(size_t n) {
  return "mallory" + std::to_string(n % kMallories);
}

Attack FillTheLog() {
  const auto say = [](size_t, size_t) { return Say(std::string(8000, 'l')); };
  return {"fill", {Members(kMallories, 0, say, 5)}, ""};
}

std::vector<Attack> AccountAttacks(size_t honest) {
  return {NeverRead(),  Amplification(),    RequestFlood(honest),
          Confusable(), LoginFlood(honest), RegistrationFlood()};
}

std::vector<Attack> AllAttacks(double pace, size_t honest) {
  std::vector<Attack> all = StrangersAttacks();
  for (Attack& attack : AccountAttacks(honest)) {
    all.push_back(std::move(attack));
  }
  for (Attack& attack : all) {
    for (Script& script : attack.scripts) {
      script.per_second *= pace;
      script.drips_per_second *= pace;
    }
  }
  return all;
}

}  // namespace chat77::hostile
