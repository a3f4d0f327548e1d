// Any bytes to a server's end of TLS and to the look at a connection's first
// bytes: no crash, the same end however they are cut, memory in proportion, and
// nothing plain out of what was never encrypted.
// Input: what a stranger sends.
#include <memory>
#include <string>
#include <utility>

#include "server/net/tls/first_bytes.h"
#include "server/net/tls/tls_stream.h"
#include "tests/fuzz/check.h"

namespace chat77::fuzz {
namespace {

namespace tls = server::tls;
using tls::FirstBytes;
using tls::TlsStream;

// Of nobody: made for this file.
constexpr char kKey[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg64U1qOc9+yymDI/M
GWcvrEgnH20OB6SvhztYRRCQm+ahRANCAATtlZZ3TE1ZFiyd7VUqraSQlvcw4AZC
pP0VG1CSF/AtAiLS+NBwcbD79mQI1idbzqLorwuQa+YKQPyRSAE+PJVu
-----END PRIVATE KEY-----
)";
constexpr char kCertificate[] = R"(-----BEGIN CERTIFICATE-----
MIIBejCCAR+gAwIBAgIUZc/8rYJIuZS5xTKQDE3DFb4rPXcwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGY2hhdDc3MCAXDTI2MTEyMzE1NTY0OVoYDzIxMjYxMDMwMTU1
NjQ5WjARMQ8wDQYDVQQDDAZjaGF0NzcwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AATtlZZ3TE1ZFiyd7VUqraSQlvcw4AZCpP0VG1CSF/AtAiLS+NBwcbD79mQI1idb
zqLorwuQa+YKQPyRSAE+PJVuo1MwUTAdBgNVHQ4EFgQUL+0EAm1Pf7dk01Zx1/mB
wQ4VmF0wHwYDVR0jBBgwFoAUL+0EAm1Pf7dk01Zx1/mBwQ4VmF0wDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA6rDvgRlzfU/YxqjvXJJ4wglr4eoy
8ZW+13+JgJeEpXwCIQDI5a9L58aC/pSVi6fDAj/eyDxU+AIohBE5o4pNx4kOpg==
-----END CERTIFICATE-----
)";

std::shared_ptr<const tls::TlsContext> Context() {
  static const auto kContext = *tls::TlsContext::Make(
      *tls::ReadCertificate({kCertificate, "certificate"}, {kKey, "key"}));
  return kContext;
}

TlsStream::State Run(std::string_view bytes, Cuts::Kind kind) {
  TlsStream stream(Context());
  std::string plain, out;
  for (Cuts cuts(bytes, kind); !cuts.done();) {
    const bool over = stream.state() == TlsStream::State::kFailed;
    const size_t sent = out.size();
    stream.Receive(cuts.Next(), plain, out);
    FUZZ_CHECK(!over || (stream.state() == TlsStream::State::kFailed &&
                         out.size() == sent));
  }
  const TlsStream::State state = stream.state();
  FUZZ_CHECK((state == TlsStream::State::kFailed) == (*stream.error() != 0));
  // Nobody finishes a handshake by chance.
  FUZZ_CHECK(state != TlsStream::State::kOpen && plain.empty());
  FUZZ_CHECK(!stream.Send("secret", out));
  FUZZ_CHECK(out.size() <= 8 * 1024 + 2 * bytes.size());
  stream.Close(out);
  return state;
}

// Once it is told, more bytes do not change it.
void CheckFirstBytes(std::string_view bytes) {
  FirstBytes known = FirstBytes::kUnknown;
  for (size_t size = 0; size <= bytes.size() && size < 16; ++size) {
    const FirstBytes now = tls::Judge(bytes.substr(0, size));
    FUZZ_CHECK(known == FirstBytes::kUnknown || now == known);
    FUZZ_CHECK(size < tls::kFirstBytes || now != FirstBytes::kUnknown);
    FUZZ_CHECK(tls::AnswerTo(now).empty() == tls::NameOf(now).empty());
    known = now;
  }
}

}  // namespace
}  // namespace chat77::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chat77::fuzz;  // NOLINT(google-build-using-namespace): main
  const std::string_view bytes = View(data, size);
  CheckFirstBytes(bytes);
  const auto whole = Run(bytes, Cuts::kWhole);
  FUZZ_CHECK(Run(bytes, Cuts::kBytes) == whole);
  FUZZ_CHECK(Run(bytes, Cuts::kRandom) == whole);
  return 0;
}
