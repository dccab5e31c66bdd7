// The strict YAML reader: libyaml's events under a composer of ours.
//
// One document, UTF-8, at most 1 MiB, depth at most 64. Errors, each with start and end marks: duplicate
// keys, an unterminated quote, content after a sequence or a document, anchors, aliases, tags, merge keys,
// keys that are not plain text, NUL bytes. Scalars keep how they were written; only `true` and `false` are
// booleans, only decimal integers and decimals are numbers (no octal, no `yes`), `null` and `~` are null.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"

namespace simpul::yaml {

enum class Kind { null, boolean, integer, decimal, text, list, map };

class Node;
struct Entry;  // a key and its value

class Node {
 public:
  Kind kind = Kind::null;
  std::string scalar;          // as written (after unescaping), for every scalar kind
  bool quoted = false;         // 'x', "x" or a block: always Kind::text
  bool block = false;          // | or >
  std::vector<Node> items;     // list
  std::vector<Entry> entries;  // map, in the file's order
  Place place;                 // of the value, end mark included
  std::string path;            // "to[0].map.alamat"

  const Node* find(std::string_view key) const;  // map member, or null
  const Entry* find_entry(std::string_view key) const;
  bool is_scalar() const { return kind != Kind::list && kind != Kind::map; }
  bool is_text() const { return kind == Kind::text; }
  // A problem at this node.
  Problem problem(std::string code, std::string message, std::string hint = {}) const;
};

struct Entry {
  Node key;  // always a text scalar; its place is the key's
  Node value;
};

// Reads one document. `file` is how problems name it. Several problems where several can be told apart.
Checked<Node> read(std::string_view text, std::string file);

// "list", "text" ... for messages.
std::string_view name(Kind kind);

}  // namespace simpul::yaml
