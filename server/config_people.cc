#include "server/config_people.h"

#include <cstdint>
#include <string>

#include "absl/flags/flag.h"

#include "server/flag_value.h"

ABSL_FLAG(std::string, registration, "open",
          "Who may make an account. open: anybody. invitation: whoever has a "
          "code, from an admin (/invite) or `chat77-store invite`. closed: "
          "nobody.");
ABSL_FLAG(int32_t, texts_per_second, 4,
          "Messages and private texts of one user in a second, and ten times "
          "as many at once, 1 to 100000. Not for --unlimited_networks.");
ABSL_FLAG(
    int32_t, text_kilobytes, 16,
    "Kilobytes of text of one user in a second, and eight times as much at "
    "once, 1 to 1000000. Not for --unlimited_networks.");
ABSL_FLAG(int32_t, asks_per_hour, 60,
          "Requests for a private chat of one user in an hour, and ten at "
          "once; one that is rejected counts twice. 1 to 100000.");
ABSL_FLAG(int32_t, reads_per_second, 5,
          "Pages of history and lists of one user in a second, and twelve "
          "times as many at once, 1 to 100000.");
ABSL_FLAG(int32_t, logins_per_minute, 20,
          "Wrong logins from one address in a minute, and as many at once; of "
          "one account from there a twentieth and five at once. 1 to 1000000.");
ABSL_FLAG(int32_t, registrations_per_hour, 60,
          "Accounts made from one address in an hour, and ten at once, 1 to "
          "1000000.");

namespace chat77::server {
namespace {

struct RateFlag {
  const char* name;
  const absl::Flag<int32_t>& flag;
  int32_t most;
  double* to;
};

absl::Status ReadRegistration(Config& config) {
  const std::string value = absl::GetFlag(FLAGS_registration);
  pb::Registration& registration = config.server.shard.connection.registration;
  if (value == "open") {
    registration = pb::REGISTRATION_OPEN;
  } else if (value == "invitation") {
    registration = pb::REGISTRATION_BY_INVITATION;
  } else if (value == "closed") {
    registration = pb::REGISTRATION_NOT_POSSIBLE;
  } else {
    return BadFlag("registration", value, "give open, invitation or closed");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadPeople(Config& config) {
  double texts = 0, kilobytes = 0, asks = 0, reads = 0, logins = 0,
         registrations = 0;
  const RateFlag numbers[] = {
      {"texts_per_second", FLAGS_texts_per_second, 100000, &texts},
      {"text_kilobytes", FLAGS_text_kilobytes, 1000000, &kilobytes},
      {"asks_per_hour", FLAGS_asks_per_hour, 100000, &asks},
      {"reads_per_second", FLAGS_reads_per_second, 100000, &reads},
      {"logins_per_minute", FLAGS_logins_per_minute, 1000000, &logins},
      {"registrations_per_hour", FLAGS_registrations_per_hour, 1000000,
       &registrations},
  };
  for (const RateFlag& number : numbers) {
    const auto value =
        InRange(number.name, absl::GetFlag(number.flag), 1, number.most);
    if (!value.ok()) return value.status();
    *number.to = static_cast<double>(*value);
  }
  RequestRates& requests = config.server.requests;
  requests.texts = {texts, 10 * texts};
  requests.text_bytes = {kilobytes * 1024, 8 * kilobytes * 1024};
  requests.asks.per_second = asks / 3600;
  requests.reads = {reads, 12 * reads};
  LoginRates& rates = config.server.logins;
  rates.of_address = {logins / 60, logins};
  rates.of_account_and_address.per_second = logins / 60 / 20;
  rates.registrations_of_address.per_second = registrations / 3600;
  return ReadRegistration(config);
}

}  // namespace chat77::server
