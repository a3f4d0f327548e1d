// Any bytes to either end of a connection: no crash, the same outcome however
// they are cut, answers in proportion, and an end that is final.
#include <google/protobuf/stubs/logging.h>
#include <string>
#include <vector>

#include "proto/connection.h"
#include "tests/fuzz/check.h"

namespace chat77::fuzz {
namespace {

constexpr absl::Time kStart = absl::UnixEpoch();

struct Outcome {
  std::vector<std::string> frames;
  std::string out;
  bool greeted = false;
  bool closed = false;
  wire::pb::Code code = wire::pb::CODE_UNSPECIFIED;
  size_t buffered = 0;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// What the shell would do: larger frames from the login on.
void OnFrame(const wire::pb::ClientFrame& frame, wire::ServerConnection& end) {
  if (frame.has_login()) end.LoggedIn();
}
void OnFrame(const wire::pb::ServerFrame& frame, wire::ClientConnection& end) {
  if (frame.has_login()) end.LoggedIn();
}

// Nothing more comes: a few deadlines later it is over.
template <class End>
void ExpectToDie(End& end) {
  std::string out;
  for (int step = 0; !end.closed(); ++step) {
    FUZZ_CHECK(step < 4);
    const absl::Time due = end.NextDeadline();
    FUZZ_CHECK(due < absl::InfiniteFuture());
    end.OnDeadline(due, out);
    FUZZ_CHECK(end.NextDeadline() > due);
  }
}

template <class End>
void ExpectFinal(End& end, std::string_view bytes) {
  FUZZ_CHECK(end.closed());
  const auto code = end.close_code();
  std::string out;
  end.Receive(bytes, kStart, out, [](const auto&) { FUZZ_CHECK(false); });
  end.OnDeadline(kStart + absl::Hours(1), out);
  end.Close(wire::pb::BUSY, "Again.", out);
  FUZZ_CHECK(out.empty());
  FUZZ_CHECK(end.close_code() == code);
  FUZZ_CHECK(end.NextDeadline() == absl::InfiniteFuture());
}

template <class End>
Outcome Run(std::string_view bytes, Cuts::Kind kind) {
  static const wire::ConnectionOptions options;
  Outcome outcome;
  End end(options, kStart);
  for (Cuts cuts(bytes, kind); !cuts.done();) {
    const bool was_closed = end.closed();
    end.Receive(cuts.Next(), kStart, outcome.out, [&](const auto& frame) {
      FUZZ_CHECK(!was_closed);
      outcome.frames.push_back(frame.SerializeAsString());
      OnFrame(frame, end);
    });
    FUZZ_CHECK(end.buffered() <= options.frame_bytes + size_t{5});
  }
  FUZZ_CHECK(outcome.out.size() <= 256 + 16 * bytes.size());
  outcome.greeted = end.greeted();
  outcome.closed = end.closed();
  outcome.code = end.close_code();
  // After the end what is left over depends on where the cut was.
  outcome.buffered = end.closed() ? 0 : end.buffered();
  ExpectToDie(end);
  ExpectFinal(end, bytes);
  return outcome;
}

template <class End>
void Compare(std::string_view bytes) {
  const Outcome whole = Run<End>(bytes, Cuts::kWhole);
  FUZZ_CHECK(Run<End>(bytes, Cuts::kBytes) == whole);
  FUZZ_CHECK(Run<End>(bytes, Cuts::kRandom) == whole);
}

}  // namespace
}  // namespace chat77::fuzz

// Protobuf's line about each text that is none says nothing new, and there are
// a million.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = chat77::fuzz::View(data, size);
  chat77::fuzz::Compare<chat77::wire::ServerConnection>(bytes);
  chat77::fuzz::Compare<chat77::wire::ClientConnection>(bytes);
  return 0;
}
