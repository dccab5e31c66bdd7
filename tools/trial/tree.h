// A JSON value that can be changed: events that are like others, expected payloads, snapshots. Numbers keep their
// text. Paths are dotted names (data.anggota_ikut.0.nik) or JSON Pointers (RFC 6901).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bus/base/yaml.h"
#include "bus/event/json.h"

namespace simpul::trial {

struct Tree {
  Tree();  // in tree.cpp: clang asks for it while it still makes the pairs of `members`
  json::Kind kind = json::Kind::null;
  bool truth = false;
  std::string text;  // of a string, or of a number as it was written
  std::vector<Tree> items;
  std::vector<std::pair<std::string, Tree>> members;  // in the order in which they were written

  static Tree of(const yaml::Node& node);
  static Tree of(const json::Value& value);
  static Tree string(std::string_view text);
  static Tree integer(std::int64_t value);
  static Tree boolean(bool truth);
  static Tree object();
  static Tree array();
  bool is_object() const { return kind == json::Kind::object; }
  bool is_array() const { return kind == json::Kind::array; }

  const Tree* find(std::string_view name) const;
  // The member, made when it is not there; what was no object becomes one.
  Tree& member(std::string_view name);
  Tree& add(std::string_view name, Tree value);  // at the end; returns this
};

using TreePath = std::vector<std::string>;
TreePath tree_path(std::string_view text);
const Tree* at_path(const Tree& root, const TreePath& path);
// False: there is no such place in a list, or a scalar stands in the way. Objects on the way are made.
bool set_path(Tree& root, const TreePath& path, Tree value);
bool remove_path(Tree& root, const TreePath& path);

// `{n}` in every text becomes `number`.
void fill_number(Tree& tree, std::string_view number);
bool has_number(const Tree& tree);

void write(const Tree& tree, std::string& out);  // JSON, compact
std::string to_json(const Tree& tree);
// YAML for people to review: two spaces deeper for each level, texts in quotes where they must be.
std::string to_yaml(const Tree& tree, std::size_t indent = 0);

// Where two values differ, by JSON Pointer; an empty text: nothing stands there. Numbers compare by value.
struct Difference {
  std::string path, expected, actual;
};
void differences(const Tree& expected, const Tree& actual, const std::string& path, std::vector<Difference>& out);
inline constexpr std::size_t differences_limit = 40;  // told of one value

}  // namespace simpul::trial
