#include "store/code.h"

#include <array>
#include <sodium.h>

#include "store/internal/sodium.h"

namespace chat77::store {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kCharacters = 20;
constexpr size_t kGroup = 5;
// Generous for spaces; a stranger's text is not walked through beyond it.
constexpr size_t kTypedBytes = 64;

static_assert(kAlphabet.size() == 32);  // so that every one is as likely

std::string Grouped(std::string_view characters) {
  std::string code;
  for (size_t i = 0; i < characters.size(); ++i) {
    if (i > 0 && i % kGroup == 0) code += '-';
    code += characters[i];
  }
  return code;
}

// What a typed character was meant to be.
char Meant(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'I' || c == 'L') return '1';
  return c == 'O' ? '0' : c;
}

}  // namespace

std::string NewCode() {
  // Without randomness randombytes_buf ends the program.
  SodiumIsReady();
  std::array<unsigned char, kCharacters> random{};
  randombytes_buf(random.data(), random.size());
  std::string characters;
  for (const unsigned char byte : random) {
    characters += kAlphabet[byte % kAlphabet.size()];
  }
  return Grouped(characters);
}

std::string NormalizeCode(std::string_view typed) {
  if (typed.size() > kTypedBytes) return "";
  std::string characters;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    const char meant = Meant(c);
    if (kAlphabet.find(meant) == std::string_view::npos) return "";
    characters += meant;
  }
  return characters.size() == kCharacters ? Grouped(characters) : "";
}

std::string HashOfCode(std::string_view typed) {
  const std::string code = NormalizeCode(typed);
  return Blake2b(code.empty() ? typed.substr(0, kTypedBytes) : code);
}

bool SameSecret(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace chat77::store
