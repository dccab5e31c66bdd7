// Encodings and digests: base64 (RFC 4648 §4), SHA-256 (FIPS 180-4), name-based UUIDs (RFC 9562 §5.5).
#include <string>

#include "bus/base/bytes.h"
#include "bus/base/uuid.h"
#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"

namespace simpul::cel {

namespace {

bool is_bytes(const Cell& cell) {
  return cell.is_text() || cell.kind == CellKind::bytes;
}

Cell encode(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!is_bytes(arguments[0])) return wrong(step);
  if (!machine.spend(arguments[0].size)) return spent(step);
  return machine.text(to_base64(arguments[0].text()), step);
}

// With its padding or without; nothing else is forgiven.
Cell decode(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  if (!machine.spend(arguments[0].size)) return spent(step);
  std::string padded(arguments[0].text());
  if (!padded.ends_with('=')) padded.append((4 - padded.size() % 4) % 4, '=');
  const auto decoded = from_base64(padded);
  if (!decoded) return bad(step);
  const Cell kept = machine.text(*decoded, step);
  return kept.is_error() ? kept : Cell::bytes(kept.text());
}

Cell sha256_hex(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!is_bytes(arguments[0])) return wrong(step);
  if (!machine.spend(std::size_t{arguments[0].size} * 4)) return spent(step);
  return machine.text(to_hex(sha256(arguments[0].text())), step);
}

Cell uuid5_text(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!all_text(arguments, 2)) return wrong(step);
  if (!machine.spend(std::size_t{arguments[1].size} * 4)) return spent(step);
  const auto made = uuid5(arguments[0].text(), arguments[1].text());
  return made ? machine.text(*made, step) : bad(step);
}

}  // namespace

void add_digest_functions(FunctionTable& table) {
  table.area("encodings and digests");
  table.add("base64.encode", {{"base64_encode_bytes", "base64.encode(bytes) -> string"}}, encode, "Bytes as base64.",
            "base64.encode(b\"hello\")", R"("aGVsbG8=")");
  table.add("base64.decode", {{"base64_decode_string", "base64.decode(string) -> bytes"}}, decode,
            "The bytes of a base64 text, with its padding or without.", "string(base64.decode(\"aGVsbG8\"))",
            R"("hello")");
  table.add("sha256",
            {{"sha256_string", "sha256(string) -> string"},
             {"sha256_bytes", "sha256(bytes) -> string"},
             {"string_sha256", "string.sha256() -> string"}},
            sha256_hex,
            "The SHA-256 hash, in 64 hexadecimal digits. Of a short identifier it can be guessed: it hides nothing.",
            "sha256(\"\").truncate(8)", R"("e3b0c442")");
  table.add("uuid5", {{"uuid5_string_string", "uuid5(string, string) -> string"}}, uuid5_text,
            "A UUID made of a namespace (a UUID, or \"dns\", \"url\", \"oid\", \"x500\") and a name: always the same "
            "for the same.",
            "uuid5(\"dns\", \"www.example.com\")", R"("2ed6657d-e927-568b-95e1-2665a8aea6a2")");
}

}  // namespace simpul::cel
